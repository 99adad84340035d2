import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { settingAt } from "../../artifacts/domain.ts";
import type {
  ArchitectureSettings,
  CnnSettings,
  ConvolutionSettings,
  VitSettings,
} from "../../artifacts/settings.ts";
import type { JsonObject } from "../../core/json.ts";
import { elementCount } from "../../core/shape.ts";
import { countParameters, type Image, modelOf, violationOf } from "./model.ts";

const MNIST: Image = [28, 28, 1];
const CIFAR: Image = [32, 32, 3];

const cnn: CnnSettings = {
  kind: "cnn",
  depth: 1,
  channels: 16,
  kernel: 3,
  stride: 1,
  padding: "valid",
  pool: false,
  dense: 0,
  activation: "relu",
};

const vit = {
  kind: "vit",
  patch: 7,
  dim: 32,
  depth: 2,
  heads: 4,
  mlp_ratio: 2,
  pooling: "class",
} as const satisfies VitSettings;

Deno.test("cnn.tensors() of one 3 x 3 convolution with c channels on MNIST count 6770 c + 10 parameters", () => {
  for (const channels of [1, 2, 7, 16, 64]) {
    assertEquals(parameters({ ...cnn, channels }), 6770 * channels + 10);
  }
});

Deno.test("cnn.tensors() count what the layers of a known network have", () => {
  // LeNet's shape: 5 x 5 convolutions and poolings, 28 -> 24 -> 12 -> 8 -> 4, then 4 * 4 * 20 -> 50 -> 10.
  const lenet = { ...cnn, depth: 2, channels: 20, kernel: 5, pool: true, dense: 50 };
  assertEquals(
    parameters(lenet),
    (25 * 20 + 20) + (25 * 20 * 20 + 20) + (4 * 4 * 20 * 50 + 50) + (50 * 10 + 10),
  );
  // Three strided convolutions that keep the borders: 32 -> 16 -> 8 -> 4.
  const strided: CnnSettings = { ...cnn, depth: 3, channels: 8, stride: 2, padding: "same" };
  assertEquals(
    parameters(strided, CIFAR),
    (27 * 8 + 8) + 2 * (9 * 8 * 8 + 8) + (4 * 4 * 8 * 10 + 10),
  );
});

Deno.test("cnn.tensors() name and shape each layer, with fans that count the window", () => {
  const tensors = modelOf(cnn).tensors({ ...cnn, depth: 2, channels: 4, pool: true, dense: 9 }, CIFAR, 10);
  assertEquals(tensors.map(({ name, shape }) => `${name} ${shape}`), [
    "conv_1/kernel 3,3,3,4",
    "conv_1/bias 4",
    "conv_2/kernel 3,3,4,4",
    "conv_2/bias 4",
    "dense_1/kernel 144,9", // 32 -> 30 -> 15 -> 13 -> 6
    "dense_1/bias 9",
    "dense_2/kernel 9,10",
    "dense_2/bias 10",
  ]);
  assertEquals([tensors[0]!.fanIn, tensors[0]!.fanOut], [27, 36]);
});

Deno.test("cnn.tensors() of a list have each convolution's own channels and window, and a tensor pair a dense layer", () => {
  const settings: CnnSettings = {
    kind: "cnn",
    convolutions: [
      { channels: 4, kernel: 3, stride: 1, padding: "valid", pool: true }, // 32 -> 30 -> 15
      { channels: 6, kernel: 5, stride: 2, padding: "same", pool: false }, // 15 -> 8
    ],
    dense: [7, 3],
    activation: "relu",
  };
  const tensors = modelOf(settings).tensors(settings, CIFAR, 10);
  assertEquals(tensors.map(({ name, shape, fanIn, fanOut }) => `${name} ${shape}; ${fanIn} ${fanOut}`), [
    "conv_1/kernel 3,3,3,4; 27 36",
    "conv_1/bias 4; 27 36",
    "conv_2/kernel 5,5,4,6; 100 150",
    "conv_2/bias 6; 100 150",
    "dense_1/kernel 384,7; 384 7",
    "dense_1/bias 7; 384 7",
    "dense_2/kernel 7,3; 7 3",
    "dense_2/bias 3; 7 3",
    "dense_3/kernel 3,10; 3 10",
    "dense_3/bias 10; 3 10",
  ]);
  assertEquals(
    modelOf(settings).multiplyAdds(settings, CIFAR, 10),
    30 * 30 * 27 * 4 + 8 * 8 * 100 * 6 + 384 * 7 + 7 * 3 + 3 * 10,
  );
});

Deno.test("mlp.tensors() count (in + 1) times out of each layer, whatever its width", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 6 }), (widths) => {
      const sizes = [784, ...widths, 10];
      const expected = widths.concat(10).reduce((sum, out, i) => sum + (sizes[i]! + 1) * out, 0);
      assertEquals(parameters({ kind: "mlp", widths, activation: "relu" }), expected);
    }),
  );
});

Deno.test("vit.tensors() count embedding, positions, token, blocks, normalization and head", () => {
  const small = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(
      small,
      small,
      small,
      fc.constantFrom(4, 7, 14),
      fc.boolean(),
      (heads, size, depth, patch, isMean) => {
        const d = heads * size;
        const [hidden, patches, token] = [3 * d, (28 / patch) ** 2, isMean ? 0 : 1];
        const block = 4 * (d * d + d) + 2 * d * hidden + hidden + d + 4 * d;
        const expected = (patch * patch + 1) * d + token * d + (patches + token) * d + depth * block + 2 * d +
          10 * (d + 1);
        const settings = { patch, depth, heads, mlp_ratio: 3, pooling: isMean ? "mean" : "class" } as const;
        assertEquals(parameters({ kind: "vit", ...settings, dim: d }), expected);
        assertEquals(parameters({ kind: "vit", ...settings, head_dim: size }), expected);
      },
    ),
  );
});

Deno.test("vit.tensors() count what the paper's ViT-B/16 has: 86.6 million on images of 224 x 224", () => {
  const base: VitSettings = { ...vit, patch: 16, dim: 768, depth: 12, heads: 12, mlp_ratio: 4 };
  assertEquals(parameters(base, [224, 224, 3], 1000), 86_567_656);
});

Deno.test("vit.tensors() leave out the class token, and its position, where tokens are averaged", () => {
  const names = (settings: VitSettings) =>
    modelOf(settings).tensors(settings, MNIST, 10).map(({ name }) => name);
  const [withToken, without] = [names(vit), names({ ...vit, pooling: "mean" })];
  assertEquals(withToken.filter((name) => !without.includes(name)), ["class_token"]);
  assertEquals(parameters(vit) - parameters({ ...vit, pooling: "mean" }), 2 * vit.dim);
  assertEquals(withToken.slice(0, 9), [
    "patch_embedding/kernel",
    "patch_embedding/bias",
    "class_token",
    "position",
    "block_1/norm_1/scale",
    "block_1/norm_1/bias",
    "block_1/attention/query/kernel",
    "block_1/attention/query/bias",
    "block_1/attention/key/kernel",
  ]);
  assertEquals(withToken.slice(-6), [
    "block_2/mlp/dense_2/kernel",
    "block_2/mlp/dense_2/bias",
    "norm/scale",
    "norm/bias",
    "dense_1/kernel",
    "dense_1/bias",
  ]);
});

Deno.test("violationOf() names the first layer of a cnn that has no window left, and the settings that clash", () => {
  const cases: [Partial<CnnSettings>, string | undefined][] = [
    [{ depth: 13 }, undefined], // 28 - 2 * 13 = 2
    [{ depth: 14 }, "convolution 14 needs 3 x 3 and finds 2 x 2 of an image of 28 x 28"],
    [{ depth: 4, padding: "same", pool: true }, undefined], // 28, 14, 7, 3, 1
    [
      { depth: 5, padding: "same", pool: true },
      "pooling 5 needs 2 x 2 and finds 1 x 1 of an image of 28 x 28",
    ],
    [{ depth: 3, stride: 3 }, undefined], // 28, 9, 3, 1
    [{ depth: 9, stride: 2, padding: "same" }, undefined],
    [{ kernel: 29 }, "convolution 1 needs 29 x 29 and finds 28 x 28 of an image of 28 x 28"],
    [{ kernel: 29, padding: "same" }, undefined],
  ];
  for (const [settings, why] of cases) assertEquals(violationOf({ ...cnn, ...settings }, MNIST)?.why, why);
  assertEquals(violationOf({ ...cnn, depth: 14 }, MNIST)!.settings, [
    "architecture.depth",
    "architecture.kernel",
    "architecture.stride",
    "architecture.padding",
    "architecture.pool",
  ]);
});

Deno.test("violationOf() names the listed convolution that has no window left, and what it hangs on, itself first", () => {
  const one: ConvolutionSettings = { channels: 4, kernel: 3, stride: 1, padding: "valid", pool: false };
  const told = (...convolutions: Partial<ConvolutionSettings>[]) =>
    violationOf({
      kind: "cnn",
      convolutions: convolutions.map((own) => ({ ...one, ...own })),
      dense: 0,
      activation: "relu",
    }, MNIST);
  assertEquals(told({ pool: true }, { kernel: 13 }), undefined); // 28 -> 26 -> 13
  assertEquals(told({ pool: true }, { kernel: 14 }, {}), {
    why: "convolution 2 needs 14 x 14 and finds 13 x 13 of an image of 28 x 28",
    settings: [
      "architecture.convolutions.2.kernel",
      "architecture.convolutions.2.padding",
      ...["kernel", "stride", "padding", "pool"].map((name) => `architecture.convolutions.1.${name}`),
    ],
  });
  assertEquals(told({ kernel: 29 })!.settings, [
    "architecture.convolutions.1.kernel",
    "architecture.convolutions.1.padding",
  ]);
  assertEquals(told({ stride: 20, padding: "same" }, { kernel: 2, pool: true }), {
    why: "pooling 2 needs 2 x 2 and finds 1 x 1 of an image of 28 x 28",
    settings: [
      ...["kernel", "stride", "padding", "pool"].map((name) => `architecture.convolutions.2.${name}`),
      ...["stride", "padding", "pool"].map((name) => `architecture.convolutions.1.${name}`),
    ],
  });
});

Deno.test("violationOf() says of a vit which patch or heads divide nothing", () => {
  assertEquals(violationOf(vit, MNIST), undefined);
  assertEquals(violationOf({ ...vit, patch: 5 }, MNIST), {
    why: "a patch of 5 does not divide an image of 28 x 28",
    settings: ["architecture.patch"],
  });
  assertEquals(violationOf({ ...vit, patch: 4 }, [28, 30, 1])?.settings, ["architecture.patch"]);
  assertEquals(violationOf({ ...vit, heads: 5 }, MNIST), {
    why: "5 heads do not divide a dimension of 32",
    settings: ["architecture.heads", "architecture.dim"],
  });
  assertEquals(violationOf({ ...vit, mlp_ratio: 0.01 }, MNIST)?.settings, [
    "architecture.mlp_ratio",
    "architecture.dim",
  ]);
  const { dim: _, ...others } = vit;
  assertEquals(violationOf({ ...others, heads: 5, head_dim: 3 }, MNIST), undefined);
  assertEquals(violationOf({ ...others, head_dim: 3, mlp_ratio: 0.01 }, MNIST)?.settings, [
    "architecture.mlp_ratio",
    "architecture.heads",
    "architecture.head_dim",
  ]);
});

Deno.test("violationOf() leaves only architectures whose tensors all have values, and names of their own", () => {
  fc.assert(fc.property(anyArchitecture(), anyImage(), (architecture, image) => {
    fc.pre(violationOf(architecture, image) === undefined);
    const tensors = modelOf(architecture).tensors(architecture, image, 10);
    for (const { name, shape } of tensors) {
      assert(shape.every((size) => Number.isInteger(size) && size > 0), `${name} ${shape}`);
    }
    assertEquals(new Set(tensors.map(({ name }) => name)).size, tensors.length);
  }));
});

Deno.test("violationOf() condemns whatever agrees in the settings that it names", () => {
  const alike = fc.oneof(...anyOfEachForm().map((form) => fc.tuple(form, form)));
  fc.assert(fc.property(alike, anyImage(), ([one, other], image) => {
    const { settings: paths } = violationOf(one, image) ?? {};
    const settings = { architecture: structuredClone(other) as unknown as JsonObject };
    fc.pre(paths !== undefined && paths.every((path) => settingAt(settings, path) !== undefined));
    for (const path of paths!) {
      const [around, name] = [path.slice(0, path.lastIndexOf(".")), path.slice(path.lastIndexOf(".") + 1)];
      Object.assign(settingAt(settings, around) as object, {
        [name]: settingAt({ architecture: one as unknown as JsonObject }, path),
      });
    }
    assert(violationOf(settings.architecture as unknown as ArchitectureSettings, image) !== undefined);
  }));
});

Deno.test("modelOf().multiplyAdds() counts products of matrices and convolutions", () => {
  const count = (architecture: ArchitectureSettings) =>
    modelOf(architecture).multiplyAdds(architecture, MNIST, 10);
  assertEquals(count({ kind: "mlp", depth: 2, width: 50, activation: "relu" }), 784 * 50 + 50 * 50 + 50 * 10);
  assertEquals(count(cnn), 26 * 26 * 9 * 16 + 26 * 26 * 16 * 10);
  const perToken = 4 * 32 * 32 + 2 * 32 * 64;
  assertEquals(count(vit), 16 * 49 * 32 + 2 * (17 * perToken + 2 * 17 * 17 * 32) + 32 * 10);
});

Deno.test("modelOf().attentionScores() counts those of each head between all tokens, the class token among them", () => {
  assertEquals(modelOf(vit).attentionScores!(vit, MNIST), 2 * vit.heads * 17 ** 2);
  assertEquals(modelOf(cnn).attentionScores, undefined);
});

function parameters(architecture: ArchitectureSettings, image: Image = MNIST, classes = 10): number {
  const tensors = modelOf(architecture).tensors(architecture, image, classes);
  assertEquals(countParameters(tensors), tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0));
  return countParameters(tensors);
}

function anyImage(): fc.Arbitrary<Image> {
  return fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.constantFrom(1, 3));
}

function anyArchitecture(): fc.Arbitrary<CnnSettings | VitSettings> {
  return fc.oneof(...anyOfEachForm());
}

function anyOfEachForm(): fc.Arbitrary<CnnSettings | VitSettings>[] {
  const small = fc.integer({ min: 1, max: 5 });
  const convolution = {
    channels: small,
    kernel: small,
    stride: small,
    padding: fc.constantFrom("valid" as const, "same" as const),
    pool: fc.boolean(),
  };
  const cnn = { kind: fc.constant("cnn" as const), activation: fc.constant("relu" as const) };
  const vit = {
    kind: fc.constant("vit" as const),
    patch: small,
    depth: small,
    heads: small,
    mlp_ratio: fc.constantFrom(0.01, 0.5, 1, 4),
    pooling: fc.constantFrom("class" as const, "mean" as const),
  };
  return [
    fc.record({ ...cnn, ...convolution, depth: small, dense: fc.integer({ min: 0, max: 3 }) }),
    fc.record({
      ...cnn,
      convolutions: fc.array(fc.record(convolution), { minLength: 1, maxLength: 4 }),
      dense: fc.array(small, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ ...vit, dim: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ ...vit, head_dim: small }),
  ];
}
