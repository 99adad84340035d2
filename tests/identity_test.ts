import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { type Digest, digestOf, sha256 } from "../src/core/digest.ts";
import { drawDiagnostic } from "../src/core/draw_diagnostic.ts";
import type { Dataset } from "../src/artifacts/dataset.ts";
import type { MemberSettings, TrainingSettings } from "../src/artifacts/settings.ts";
import { trainKind } from "../src/stages/train/stage.ts";
import { fakeKinds } from "../src/language/testing/fake_kinds.ts";
import { compile } from "../src/compiler/compile.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../src/core/json.ts";
import {
  derivedSplitIdentity,
  filesIdentity,
  libraryRecord,
  measuresRecord,
  planOutputDigest,
  resultRecord,
  splitIdentity,
  type StageIdentity,
  stageIdentity,
  stateRecord,
  type TrajectoryIdentity,
} from "../src/core/identity.ts";

const TRAJECTORY: TrajectoryIdentity = {
  settings: {
    architecture: { kind: "mlp", depth: 2, width: 50, activation: "relu" },
    init: { scheme: "he_normal", scale: 1 },
    training: {
      optimizer: { name: "adam", learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      batch_size: 64,
    },
  },
  seed: "0123456789abcdef",
  data: sha256("train"),
  image: [28, 28, 1],
  classes: 10,
  versions: { init: 1, loop: 1, model: 1, optimizer: 1 },
  program: "graph",
  engine: "tensorflow-2.21.0",
};
const STAGE: Required<StageIdentity> = {
  kind: "summary",
  version: 1,
  config: { title: "One", limits: [1, null] },
  inputs: { models: [sha256("a"), sha256("b")], like: sha256("c") },
  labels: { models: [{ data: "mnist" }, { data: "cifar-10" }] },
  items: [sha256("1"), sha256("2")],
};

/** One full example of each thing that is identified, and how its digest is made of it. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  "a derived split": {
    fields: {
      split: "test",
      source: sha256("test"),
      transforms: {
        resize: { version: 1, settings: { from: [28, 28], to: [14, 14] } },
        normalize: { version: 1, settings: "standard" },
      },
      statistics: { source: sha256("train"), transforms: { subset: { version: 1, settings: { first: 9 } } } },
    },
    digest: derivedSplitIdentity,
  },
  "another library": {
    fields: { cc: "a".repeat(64), framework: "b".repeat(64) },
    digest: (f) => digestOf(libraryRecord(f)),
  },
  "a result": {
    fields: {
      trajectory: TRAJECTORY,
      epochs: 10,
      evaluation: sha256("test"),
      validation: sha256("validation"),
      stop: { by: "validation_loss", patience: 3, min_delta: 0.01, restore: "best" },
      recorded: [1, 5],
    },
    digest: (f) => digestOf(resultRecord(f)),
  },
  "a state": {
    fields: { trajectory: TRAJECTORY, processor: "x86_64-avx2" },
    digest: (f) => digestOf(stateRecord(f)),
  },
  measures: {
    fields: { versions: { distribution: 1, statistics: 1 }, weights: sha256("weights") },
    digest: (f) => digestOf(measuresRecord(f)),
  },
  "a stage": { fields: { ...STAGE }, digest: stageIdentity },
  "an output": {
    fields: { artifact: { name: "data" }, value: { source: "mnist", counts: [1, 2] } },
    digest: ({ artifact, value }) => planOutputDigest(artifact, value),
  },
};

interface Example {
  readonly fields: JsonObject;
  // deno-lint-ignore no-explicit-any -- the table holds records of all types
  readonly digest: (fields: any) => Digest;
}

/** A digest that moves loses every stored result of its kind: none is found again. */
const PINNED: Readonly<Record<string, string>> = {
  "a derived split": "6a91fafab29731dfe06df40c495841aa2dbe0ea0c461336c3877e07129d445ad",
  "another library": "9535a76c3e5c11d2154b2318a2d000581ecf77f997e467f6e2bf75132958d8bc",
  "a result": "390004163ef03899aa5bf5d5cb0187fbb8bf2a537f97b235f5b06c03ed5a43f7",
  "a state": "f6c4d2d566e2861cc9d362a606595d507ece07e99a8149a61a399be910b7b266",
  measures: "20a36df1d3f18aebb84cac24c2d85dd6c9337943b9e9290545c83891ac58c5ce",
  "a stage": "4522af6f9196c5a1258f4c6d0275c40d90f8b86b933ef24d951089a46df5d0ec",
  "an output": "ec2a250cba85a45fdb67f4a12443ceb949823c0093563736bbe3e9a3f9411f69",
};

for (const [name, { fields, digest }] of Object.entries(EXAMPLES)) {
  Deno.test(`the digest of ${name} is as it was`, () => {
    assertEquals(digest(fields), PINNED[name] as Digest);
  });

  Deno.test(`the digest of ${name} ignores the order of keys, at any depth`, () => {
    fc.assert(fc.property(fc.infiniteStream(fc.nat()), (randoms) => {
      assertEquals(digest(shuffled(fields, randoms)), digest(fields));
    }));
  });

  Deno.test(`the digest of ${name} ignores fields that are undefined`, () => {
    for (const path of objectPaths(fields)) {
      assertEquals(digest(replaced(fields, [...path, "later"], undefined)), digest(fields));
    }
  });

  Deno.test(`the digest of ${name} changes with every value in it`, () => {
    const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.string());
    fc.assert(fc.property(value, (other) => {
      for (const path of leafPaths(fields)) {
        if (canonicalJson(other) === canonicalJson(valueAt(fields, path))) continue;
        assertNotEquals(digest(replaced(fields, path, other as Json)), digest(fields), path.join("."));
      }
    }));
  });
}

Deno.test("identities of two kinds of things differ, even with the same fields", () => {
  const fields = Object.assign({}, ...Object.values(EXAMPLES).map(({ fields }) => fields));
  const digests = Object.values(EXAMPLES).map(({ digest }) => digest(fields));
  assertEquals(new Set(digests).size, digests.length);
});

Deno.test("resultRecord() of a training without a rule, recorded epochs and a validation split names none of them", () => {
  const record = resultRecord({ trajectory: TRAJECTORY, epochs: 10, evaluation: sha256("test") });
  assertEquals(
    digestOf(record),
    "8152082bcfed0c65cbd11bbacfde61acdd4f4dd77642d006af943bcf9cfda8df" as Digest,
  );
});

Deno.test("a member's identity names no setting that is neutral, and every other one", () => {
  const { architecture, init, training } = TRAJECTORY.settings as unknown as MemberSettings;
  const { optimizer } = training;
  const plain = memberIdentity({ architecture, init, training });
  const neutral: Partial<TrainingSettings> = {
    optimizer: { ...optimizer, weight_decay: 0, momentum: 0, nesterov: false },
    schedule: { name: "constant", warmup: 0 },
    dropout: 0,
    label_smoothing: 0,
    label_noise: 0,
    fraction: 1,
  };
  assertEquals(memberIdentity({ architecture, init, training: { ...training, ...neutral } }), plain);
  const others: Partial<TrainingSettings>[] = [
    { optimizer: { ...optimizer, weight_decay: 0.1 } },
    { schedule: { name: "constant", warmup: 1 } },
    { schedule: { name: "step", warmup: 0, every: 1, gamma: 0.1 } },
    { dropout: 0.1 },
    { label_smoothing: 0.1 },
    { label_noise: 0.1 },
    { fraction: 0.1 },
  ];
  const digests = others.map((other) =>
    memberIdentity({ architecture, init, training: { ...training, ...other } })
  );
  assertEquals(new Set([plain, ...digests]).size, others.length + 1);
});

Deno.test("a member's identity tells models apart that read equal bytes as other images, or know other classes", () => {
  const settings = TRAJECTORY.settings as unknown as MemberSettings;
  const others: Partial<Dataset>[] = [{}, { shape: [14, 56, 1] }, { classes: ["a", "b", "c"] }];
  assertEquals(new Set(others.map((other) => memberIdentity(settings, other))).size, others.length);
  assertEquals(memberIdentity(settings, { classes: ["c", "d"] }), memberIdentity(settings));
});

function memberIdentity(settings: MemberSettings, other: Partial<Dataset> = {}): Digest {
  const split = { count: 1000, digest: sha256("split") };
  const dataset: Dataset = {
    source: "mnist",
    shape: [28, 28, 1],
    classes: ["a", "b"],
    splits: { train: split, test: split },
    ...other,
  };
  const member = { id: "1", index: 1, replicate: 1, case: null, seed: "0123456789abcdef", settings };
  const sample = { dataset, members: [member] };
  const kind = trainKind("tensorflow-2.21.0", () => "x86_64-avx2");
  return digestOf(kind.list({ sample: "draw", epochs: 1 }, { sample })[0]!.identity);
}

Deno.test("splitIdentity() is the SHA-256 of the images, then the labels, and filesIdentity() of lines of MD5s", () => {
  const split = { images: new Uint8Array([0, 1, 254, 255]), labels: new Uint8Array([7]) };
  assertEquals(
    splitIdentity(split),
    "b0756f36f0402dc8e250748fecffbb9d30d3d590b0f52bc29dc0fc5f82e0ae8b" as Digest,
  );
  assertEquals(splitIdentity(split), sha256(new Uint8Array([0, 1, 254, 255, 7])));
  assertNotEquals(splitIdentity({ ...split, labels: new Uint8Array([8]) }), splitIdentity(split));
  assertEquals(
    filesIdentity(["c99cafc152244af753f735de768cd75f", "d4bba439e000b95fd0a9bffe97cbabec"]),
    "e21c9fa9a89430d3b089d89117023f10d6676b00c1a0b83ac03d663f894c1bc8" as Digest,
  );
});

Deno.test("stageIdentity() and planOutputDigest() give the digests that stored results are found by", () => {
  const inputs = { models: [sha256("a"), sha256("b")], like: sha256("c") };
  assertEquals(
    stageIdentity({ kind: "summary", version: 1, config: { title: "One" }, inputs }),
    "6f5e578114d215d2a31b7b0b828dde7d11476a1a50b29a0bbe9a69914d5b83cf" as Digest,
  );
  assertEquals(
    planOutputDigest({ name: "data" }, { source: "mnist" }),
    "20e37cb29fcfea2f9b9b1a184f0154cde42ef8c38e97e14cb61f7cef3e1bd8aa" as Digest,
  );
});

Deno.test("stageIdentity() differs wherever a stage differs", () => {
  const stage = { kind: "summary", version: 1, config: {}, inputs: { models: [sha256("a")] } };
  const others: StageIdentity[] = [
    { ...stage, kind: "other" },
    { ...stage, version: 2 },
    { ...stage, config: { title: "One" } },
    { ...stage, inputs: {} },
    { ...stage, inputs: { models: [sha256("b")] } },
    { ...stage, inputs: { models: sha256("a") } },
  ];
  assertEquals(new Set([stage, ...others].map(stageIdentity)).size, 7);
  assertNotEquals(planOutputDigest({ name: "a" }, {}), planOutputDigest({ name: "b" }, {}));
});

/** Entries of a stage as `key: value` texts, by stage; the second list may be written or left out. */
const STAGES = [
  { name: "images", entries: ["kind: data", "source: mnist"], defaults: ["limit: 100"] },
  {
    name: "nets",
    entries: ["kind: space", "data: {images}", "architecture: { kind: mlp, width: 8 }"],
    defaults: [],
  },
  { name: "trained", entries: ["kind: training", "space: {nets}"], defaults: ["epochs: 5", "rate: 0.001"] },
  { name: "sum", entries: ["kind: summary", "models: {trained}"], defaults: ["title: Summary"] },
  {
    name: "late",
    entries: ["kind: summary", "models: [{trained}]", "like: {sum}", "title: Late"],
    defaults: [],
  },
];

Deno.test("identities stay when keys move, defaults are written out, comments come and stages get other names", () => {
  const writing = fc.record({
    order: fc.shuffledSubarray(STAGES, { minLength: STAGES.length }),
    suffix: fc.stringMatching(/^[a-z0-9_-]{0,8}$/),
    withDefaults: fc.boolean(),
    reversed: fc.boolean(),
    comment: fc.stringMatching(/^[a-z :]*$/),
  });
  const expected = identities(
    written({ order: STAGES, suffix: "", withDefaults: false, reversed: false, comment: "" }),
    "",
  );
  fc.assert(fc.property(writing, (how) => assertEquals(identities(written(how), how.suffix), expected)));
});

Deno.test("identities of a stage and of those that read it change with a setting", () => {
  const text = written({ order: STAGES, suffix: "", withDefaults: true, reversed: false, comment: "" });
  const changed = (from: string, to: string) => {
    const [before, after] = [identities(text, ""), identities(text.replace(from, to), "")];
    return STAGES.map(({ name }) => name).filter((name) => before[name] !== after[name]);
  };
  assertEquals(changed("source: mnist", "source: cifar-10"), ["images", "nets"]); // not in the items here
  assertEquals(changed("width: 8", "width: 9"), ["nets", "trained", "sum", "late"]);
  assertEquals(changed("epochs: 5", "epochs: 6"), ["trained", "sum", "late"]);
  assertEquals(changed("title: Late", "title: Later"), ["late"]);
});

interface Writing {
  readonly order: typeof STAGES;
  readonly suffix: string;
  readonly withDefaults: boolean;
  readonly reversed: boolean;
  readonly comment: string;
}

function written({ order, suffix, withDefaults, reversed, comment }: Writing): string {
  const stages = order.map(({ name, entries, defaults }) => {
    const lines = [...entries, ...(withDefaults ? defaults : [])];
    if (reversed) lines.reverse();
    return [
      `  ${name}${suffix}: # ${comment}`,
      ...lines.map((line) => `    ${line.replace(/\{(\w+)\}/, `$1${suffix}`)}`),
    ];
  });
  return ["weft: 1", "stages:", ...stages.flat(), ""].join("\n");
}

/** By stage: digest of the output, of the identities of the items, or of the stage, its inputs standing for their outputs. */
function identities(text: string, suffix: string): Record<string, Digest> {
  const result = compile({ path: "a.yaml", text }, fakeKinds);
  if (!result.ok) throw new Error(result.error.map((d) => drawDiagnostic(d, () => text)).join("\n"));
  const digests: Record<string, Digest> = {};
  for (const { instance, kind, output, items, identityConfig: config, inputs } of result.value.nodes) {
    const read = Object.entries(inputs).map(([role, { instances, list }]) => {
      const values = instances.map((name) => digests[name.slice(0, name.length - suffix.length)]!);
      return [role, list ? values : values[0]!] as const;
    });
    digests[instance.slice(0, instance.length - suffix.length)] = kind.contract === "plan"
      ? planOutputDigest(kind.output, output)
      : items !== undefined
      ? sha256(items.map(({ identity }) => digestOf(identity)).join())
      : stageIdentity({ kind: kind.name, version: kind.version, config, inputs: Object.fromEntries(read) });
  }
  return digests;
}

function shuffled(value: Json, randoms: Iterator<number>): Json {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, randoms));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) =>
    [randoms.next().value as number, key, shuffled(inner, randoms)] as const
  );
  entries.sort(([a], [b]) => a - b);
  return Object.fromEntries(entries.map(([, key, inner]) => [key, inner]));
}

type Path = readonly string[];

/** Where the maps are in a value, itself included. */
function objectPaths(value: Json, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, item]) => objectPaths(item, [...at, key]));
  return Array.isArray(value) ? inner : [at, ...inner];
}

/** Where the values are that are neither maps nor lists. */
function leafPaths(value: Json, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([key, item]) => leafPaths(item, [...at, key]));
}

function valueAt(value: Json, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => (inner as JsonObject)[key], value);
}

/** A copy with another value at the path. */
function replaced(value: Json | undefined, [key, ...rest]: Path, other: Json | undefined): Json {
  if (key === undefined) return other as Json;
  const copy = Array.isArray(value) ? [...value] : { ...value as JsonObject };
  return Object.assign(copy, { [key]: replaced((value as JsonObject)[key], rest, other) });
}
