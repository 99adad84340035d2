import { assert, assertEquals, assertFalse } from "@std/assert";
import { Ajv } from "ajv";
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { type FamilyConfig, familySchema } from "./schema.ts";
import { settingsOf } from "./setting_names.ts";
import { ARCHITECTURE_KINDS, ARCHITECTURES } from "./architecture_settings.ts";
import { family } from "./stage.ts";

const validate = new Ajv({ strict: false, allErrors: true }).compile(familySchema);
const mlp = { kind: "mlp", depth: 2, width: 10 };

/** A value below the keys from one to another, of which `*` is an item of a list; a convolution in it has its channels. */
function nested(keys: readonly string[], from: number, to: number, value: Json): Json {
  let tree = value;
  for (let i = to - 1; i >= from; i--) {
    const beside: JsonObject = keys[i - 1] === "*" ? { channels: 4 } : {};
    tree = keys[i] === "*" ? [tree] : { ...beside, [keys[i]!]: tree };
  }
  return tree;
}

Deno.test("familySchema accepts a domain for every setting but the kind, and for every map of settings", () => {
  let count = 0;
  for (const kind of ARCHITECTURE_KINDS) {
    const whole = ARCHITECTURES[kind].examples[0] as JsonObject;
    for (const [path, schema] of settingsOf([kind])) {
      if (path === "architecture.kind") continue;
      const keys = path.split(".");
      for (let depth = 1; depth <= keys.length; depth++) {
        // The value itself in a choice in a choice, at the setting and at each map that it is in.
        const value = schema.examples[0]!;
        const inner = nested(keys, depth, keys.length, value);
        const isArchitecture = keys[0] === "architecture";
        const map = isArchitecture && depth === 1 ? { ...whole, ...inner as JsonObject } : inner;
        const domain: Json = { choice: [{ choice: [map] }, map], weights: [1, 2] };
        const own = nested(keys, 0, depth, domain) as { architecture?: JsonObject };
        const architecture = depth === 1 && isArchitecture
          ? own.architecture
          : { ...whole, ...own.architecture };
        const settings = { dataset: "digits", ...own, architecture, cases: [{ name: "a", ...own }] };
        assertEquals(validate(settings), true, JSON.stringify([settings, validate.errors]));
        count++;
      }
    }
  }
  assert(count > 100);
});

Deno.test("familySchema accepts every example of every setting", () => {
  for (const kind of ARCHITECTURE_KINDS) {
    const whole = ARCHITECTURES[kind].examples[0] as JsonObject;
    for (const [path, { examples }] of settingsOf([kind])) {
      for (const example of path === "architecture.kind" ? [] : examples) {
        const keys = path.split(".");
        const tree = nested(keys, 0, keys.length, example) as { architecture?: JsonObject };
        const settings = { dataset: "d", ...tree, architecture: { ...whole, ...tree.architecture } };
        assert(validate(settings), JSON.stringify([path, example, validate.errors]));
        assertEquals(
          family.check!(family.normalize!(settings)).filter(({ code }) => code === "bad-domain"),
          [],
        );
      }
    }
  }
});

Deno.test("familySchema refuses unknown keys also where an architecture has no kind", () => {
  assertFalse(validate({ dataset: "d", architecture: { choise: [mlp], depth: 2 } }));
  const unknown = validate.errors!.flatMap(({ params }) => params["additionalProperty"] ?? []);
  assertEquals(unknown, ["choise"]);
});

Deno.test("familySchema refuses unknown keys, wrong types and values outside of the bounds, at their place", () => {
  const wrongAt = (settings: JsonObject, place: string) => {
    assertFalse(validate({ dataset: "d", ...settings }), JSON.stringify(settings));
    const places = validate.errors!.map(({ instancePath }) => instancePath);
    assert(places.includes(place), `${place} is not among ${places.join()}`);
  };
  const architectures: [JsonObject, string][] = [
    [{ width: "ten" }, "/width"],
    [{ width: 0 }, "/width"],
    [{ width: 1.5 }, "/width"],
    [{ width: { uniform: [1, 2] } }, "/width"],
    [{ width: { int_uniform: [5, 200.5] } }, "/width/int_uniform/1"],
    [{ width: { int_uniform: [5] } }, "/width/int_uniform"],
    [{ width: { int_uniform: [5, 9], steps: 1 } }, "/width/steps"],
    [{ width: { choice: [] } }, "/width/choice"],
    [{ width: { choice: 5 } }, "/width/choice"],
    [{ width: { choice: [1, 0] } }, "/width/choice/1"],
    [{ width: { choice: [1, { choice: [2, "3"] }] } }, "/width/choice/1/choice/1"],
    [{ width: { choice: [1, { uniform: [5, 200] }] } }, "/width/choice/1"],
    [{ width: { choice: [1, 2], weights: [1, -1] } }, "/width/weights/1"],
    [{ activation: "rellu" }, "/activation"],
    [{ activation: { int_uniform: [1, 2] } }, "/activation"],
    [{ activation: { choice: ["relu", "rellu"] } }, "/activation/choice/1"],
    [{ widht: 3 }, ""],
    [{ patch: 7 }, ""],
    [{ kind: "cnn" }, ""],
    [{ widths: 50 }, "/widths"],
    [{ widths: [] }, "/widths"],
    [{ widths: [50, 0] }, "/widths/1"],
    [{ widths: { int_uniform: [5, 200] } }, "/widths"],
    [{ widths: { choice: [50, 100] } }, "/widths/choice/0"],
    [{ widths: { choice: [[50], [50, { choice: ["x"] }]] } }, "/widths/choice/1/1/choice/0"],
    [{ kind: "cnn", convolutions: [] }, "/convolutions"],
    [{ kind: "cnn", convolutions: [{ channels: 4 }, { kernel: 3 }] }, "/convolutions/1"],
    [{ kind: "cnn", convolutions: [{ channels: 4, pol: true }] }, "/convolutions/0"],
    [{ kind: "cnn", convolutions: [{ choice: [{ channels: 0 }] }] }, "/convolutions/0/choice/0/channels"],
    [{ kind: "cnn", convolutions: [{ channels: 4 }], dense: -1 }, "/dense"],
    [{ kind: "cnn", convolutions: [{ channels: 4 }], dense: [64, 0] }, "/dense/1"],
    [{ kind: "cnn", convolutions: [{ channels: 4 }], dense: { choice: [64, "x"] } }, "/dense/choice/1"],
    [{ kind: "rnn" }, "/kind"],
    [{ kind: { choice: ["mlp", "cnn"] } }, "/kind"],
  ];
  for (const [wrong, place] of architectures) {
    wrongAt({ architecture: { ...mlp, ...wrong } }, `/architecture${place}`);
    wrongAt({ architecture: { choice: [mlp, { ...mlp, ...wrong }] } }, `/architecture/choice/1${place}`);
  }
  wrongAt({ architecture: { kind: "mlp", depth: 1 } }, "/architecture");
  wrongAt({ architecture: { kind: "mlp" } }, "/architecture");
  wrongAt({ architecture: { kind: "vit", patch: 7, depth: 1, heads: 2 } }, "/architecture");
  wrongAt({ architecture: { choice: [mlp], depth: 1 } }, "/architecture");
  wrongAt({ architecture: mlp, exclude: [{ width: [] }] }, "/exclude/0/width");
  wrongAt({ architecture: mlp, impossible: "ignore" }, "/impossible");
  const others: [JsonObject, string][] = [
    [
      { training: { optimizer: { choice: [{ name: "sgd" }, { nam: "adam" }] } } },
      "/training/optimizer/choice/1",
    ],
    [{ training: { optimizer: { choice: [{ name: "sgd" }, 3] } } }, "/training/optimizer/choice/1"],
    [{ training: { choice: [{ batch_size: 0 }] } }, "/training/choice/0/batch_size"],
    [{ init: { choice: [{ scale: { log_uniform: [0, 1] } }] } }, "/init/choice/0/scale/log_uniform/0"],
    [{ init: { scheme: "normal", weights: [1] } }, "/init"],
    [{ training: { dropout: 1 } }, "/training/dropout"],
    [{ training: { fraction: 0 } }, "/training/fraction"],
    [{ training: { label_noise: 1.1 } }, "/training/label_noise"],
    [{ training: { label_smoothing: -0.1 } }, "/training/label_smoothing"],
    [{ training: { optimizer: { weight_decay: -0.1 } } }, "/training/optimizer/weight_decay"],
    [{ training: { optimizer: { nesterov: 1 } } }, "/training/optimizer/nesterov"],
    [{ training: { schedule: "cosine" } }, "/training/schedule"],
    [{ training: { schedule: { name: "linear" } } }, "/training/schedule/name"],
    [{ training: { schedule: { name: "step", every: 0.5 } } }, "/training/schedule/every"],
  ];
  for (const [wrong, place] of others) {
    wrongAt({ architecture: mlp, ...wrong }, place);
    wrongAt({ architecture: mlp, cases: [{ name: "a", ...wrong }] }, `/cases/0${place}`);
  }
  wrongAt(
    { architecture: mlp, cases: [{ name: "a", architecture: { choice: [{ kind: "mlp", width: 3 }] } }] },
    "/cases/0/architecture/choice/0",
  );
  wrongAt({ architecture: mlp, cases: [{ name: "a", architecture: { wdth: 3 } }] }, "/cases/0/architecture");
});

Deno.test("familySchema lets a case leave out what the family says, and has no defaults there", () => {
  assert(validate({ dataset: "d", architecture: mlp, cases: [{ name: "a", architecture: { depth: 3 } }] }));
  const { cases } = familySchema["properties"] as { cases: { items: { properties: JsonObject } } };
  const filled = new Ajv({ strict: false, useDefaults: true }).compile({
    ...cases.items,
    definitions: familySchema["definitions"],
  });
  const own: JsonObject = { name: "a", architecture: { kind: "cnn" }, init: {}, training: { optimizer: {} } };
  const after = structuredClone(own);
  assert(filled(after));
  assertEquals(after, { ...own, weight: 1 } as JsonObject);
});

Deno.test("familySchema describes every property and gives examples", () => {
  const definitions = familySchema["definitions"] as JsonObject;
  const told = (property: JsonObject, key: string): Json | undefined => {
    const { $ref } = property;
    if (property[key] !== undefined || typeof $ref !== "string") return property[key];
    return told(definitions[$ref.slice("#/definitions/".length)] as JsonObject, key);
  };
  const bare: string[] = [];
  const walk = (node: Json, path: string) => {
    if (Array.isArray(node)) return node.forEach((item, i) => walk(item, `${path}/${i}`));
    if (!isJsonObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "examples" || key === "default" || key === "neutral" || key === "if") continue;
      walk(value, `${path}/${key}`);
      if (key !== "properties") continue;
      for (const [name, property] of Object.entries(value as JsonObject)) {
        if (!isJsonObject(property)) continue; // of an architecture without a kind
        const isTold = typeof told(property, "description") === "string" &&
          Array.isArray(told(property, "examples"));
        if (!isTold) bare.push(`${path}/${name}`);
      }
    }
  };
  walk(familySchema, "");
  assertEquals(bare, []);
});

Deno.test("familySchema has for every default a neutral value, and it is the same", () => {
  for (const [path, schema] of settingsOf(ARCHITECTURE_KINDS)) {
    assertEquals(schema.neutral, schema.default, path);
  }
});

Deno.test("family.check() never fails on whatever the schema lets stand", () => {
  const bounds = fc.tuple(fc.constantFrom(0.5, 1, 2), fc.constantFrom(0.5, 1, 2, 1e6));
  const weights = fc.option(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 3 }), {
    nil: undefined,
  });
  const domains = (value: fc.Arbitrary<Json>, ...ranges: fc.Arbitrary<Json>[]) =>
    fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "small" },
        value,
        fc.record({ choice: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }), weights })
          .map((domain) => JSON.parse(JSON.stringify(domain)) as Json),
        fc.constant<Json>({ weights: [1] }),
        ...ranges,
      ),
    })).tree;
  const number = domains(
    fc.constantFrom<Json>(0.5, 1, 3),
    fc.record({ uniform: bounds }) as fc.Arbitrary<Json>,
    fc.record({ log_uniform: bounds, steps: fc.constantFrom(2, 1_000_000) }) as fc.Arbitrary<Json>,
    fc.record({
      int_uniform: fc.tuple(fc.constantFrom(1, 4), fc.constantFrom(2, 9)),
      steps: fc.constant(3),
    }) as fc.Arbitrary<Json>,
  );
  const map = (settings: Record<string, fc.Arbitrary<Json>>) =>
    domains(fc.record(settings, { requiredKeys: [] }) as fc.Arbitrary<Json>);
  const init = map({
    scheme: domains(fc.constantFrom("normal", "zeros", "uniform")),
    std: number,
    scale: number,
  });
  const optimizer = map({
    name: domains(fc.constantFrom("adam", "sgd")),
    learning_rate: number,
    epsilon: number,
  });
  const width = domains(fc.constantFrom<Json>(1, 5), fc.constant<Json>({ int_uniform: [9, 1] }));
  const list = (item: fc.Arbitrary<Json>) => domains(fc.array(item, { minLength: 1, maxLength: 3 }));
  const convolution = domains(fc.record({ channels: width, kernel: width }, { requiredKeys: ["channels"] }));
  const architecture = fc.oneof(
    fc.record({ kind: fc.constant("mlp"), depth: fc.constant(2), width }),
    fc.record({ kind: fc.constant("mlp"), widths: list(width) }),
    fc.record({
      kind: fc.constant("cnn"),
      convolutions: list(convolution),
      dense: fc.oneof(width, list(width)),
    }),
    fc.record({ kind: fc.constant("vit"), patch: width, depth: width, heads: width, head_dim: width }),
  );
  const over = fc.record({ depth: width, width, widths: list(width), channels: width }, { requiredKeys: [] });
  let right = 0;
  const runs = 2000;
  fc.assert(
    fc.property(init, map({ optimizer }), architecture, over, (init, training, architecture, over) => {
      const cases = [{ name: "a", init, training, architecture: over }];
      const config = { dataset: "d", architecture, init, training, cases } as unknown as FamilyConfig;
      if (!validate(config)) return;
      right++;
      assert(family.check!(family.normalize!(config)).every(({ at }) => at.length > 0));
    }),
    { numRuns: runs },
  );
  assert(right > runs / 40, `only ${right} had the right shape`);
});
