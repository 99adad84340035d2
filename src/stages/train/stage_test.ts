import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Dataset } from "../../artifacts/dataset.ts";
import { membersTable, populationArtifact } from "../../artifacts/population.ts";
import type { Member, Sample } from "../../artifacts/sample.ts";
import type { ArchitectureSettings } from "../../artifacts/settings.ts";
import { type Digest, digestOf } from "../../core/digest.ts";
import type { InputOutlook, RunContext } from "../../core/stage_kind.ts";
import { trainKind, type TrainOutcome } from "./stage.ts";

const train = trainKind("tensorflow-0", () => "x86_64-avx2");
const config = { sample: "draw", epochs: 3 };

Deno.test("trainKind().list() gives each member an identity that is pinned", () => {
  const [item] = train.list(config, { sample: sampleOf([member("1")]) });
  assertEquals(
    digestOf(item!.identity),
    "4ab02291ccc0f6a69e5f53d4b81d8c3a3ae4376c6238ddb62600289204721222" as Digest,
  );
});

Deno.test("trainKind().list() leaves ids, cases and indices out of the identity", () => {
  const renamed = { ...member("2"), index: 9, replicate: 4, case: "usual" };
  assertEquals(identityOf(member("1")), identityOf(renamed));
});

Deno.test("trainKind().list() takes all that decides the numbers into the identity", () => {
  const { settings } = member("1");
  const others: Digest[] = [
    identityOf({ ...member("1"), seed: "00000000000000ff" }),
    identityOf({ ...member("1"), settings: { ...settings, init: { scheme: "he_normal", scale: 2 } } }),
    identityOf(member("1"), { epochs: 4 }),
    identityOf(member("1"), { train: "c".repeat(64) as Digest }),
    identityOf(member("1"), { test: "c".repeat(64) as Digest }),
    identityOf(member("1"), { engine: "tensorflow-1" }),
  ];
  assertEquals(new Set([identityOf(member("1")), ...others]).size, others.length + 1);
});

Deno.test("trainKind().list() keeps the trajectory when only the epochs or the test split change", () => {
  const trajectory = (options: Overrides) => itemOf(member("1"), options).identity.trajectory;
  assertEquals(trajectory({ epochs: 4 }), trajectory({}));
  assertEquals(trajectory({ test: "c".repeat(64) as Digest }), trajectory({}));
  assertNotEquals(trajectory({ train: "c".repeat(64) as Digest }), trajectory({}));
});

Deno.test("trainKind().list() keeps states for all that takes the same steps on the same class of processors", () => {
  const states = (overrides: Overrides) => digestOf(itemOf(member("1"), overrides).states!);
  const here = states({});
  assertEquals([states({ epochs: 4 }), states({ test: "c".repeat(64) as Digest })], [here, here]);
  const others = [
    states({ train: "c".repeat(64) as Digest }),
    states({ engine: "tensorflow-1" }),
    states({ processor: "x86_64-avx512" }),
  ];
  assertEquals(new Set([here, identityOf(member("1")), ...others]).size, 5);
});

Deno.test("trainKind().list() leaves the processor out of the identity", () => {
  assertEquals(identityOf(member("1"), { processor: "aarch64" }), identityOf(member("1")));
});

Deno.test("trainKind().list() gives members of one program and data set one affinity, and larger ones a higher cost", () => {
  const wide = member("2", 300);
  const reseeded = { ...member("3"), seed: "00000000000000ff" };
  const [first, second, third] = train.list(config, { sample: sampleOf([member("1"), wide, reseeded]) });
  assertEquals(first!.affinity, third!.affinity);
  assertNotEquals(first!.affinity, second!.affinity);
  assertNotEquals(first!.affinity, itemOf(member("1"), { test: "c".repeat(64) as Digest }).affinity);
  assert(second!.cost > first!.cost);
});

Deno.test("trainKind().list() predicts the seconds of a training within a factor of three", () => {
  const cnn = {
    kind: "cnn",
    channels: 16,
    kernel: 3,
    padding: "same",
    dense: 0,
    activation: "relu",
  } as const;
  const vit = { kind: "vit", heads: 4, mlp_ratio: 2, pooling: "class" } as const;
  const measured: [ArchitectureSettings, batch: number, millisecondsPerStep: number][] = [
    [{ kind: "mlp", depth: 2, width: 5, activation: "relu" }, 64, 0.11],
    [{ kind: "mlp", depth: 2, width: 200, activation: "relu" }, 64, 0.67],
    [{ ...cnn, depth: 1, channels: 4, stride: 1, pool: true }, 64, 1.3],
    [{ ...cnn, depth: 2, stride: 1, pool: true }, 16, 0.9],
    [{ ...cnn, depth: 3, channels: 32, stride: 1, pool: true }, 256, 48],
    [{ ...cnn, depth: 2, stride: 2, pool: false, dense: 64 }, 64, 1.4],
    [{ ...vit, patch: 7, depth: 1, dim: 16 }, 64, 1.8],
    [{ ...vit, patch: 7, depth: 4, dim: 32 }, 16, 3],
    [{ ...vit, patch: 4, depth: 2, dim: 48 }, 64, 23],
  ];
  for (const [architecture, batch_size, milliseconds] of measured) {
    const { settings } = member("1");
    const training = { ...settings.training, batch_size };
    const sample = sampleOf([{ ...member("1"), settings: { ...settings, architecture, training } }]);
    const { splits } = sample.dataset;
    const dataset = { ...sample.dataset, shape: [28, 28, 1] as const, classes: Array<string>(10).fill("") };
    const train100 = { ...splits.train, count: 100 * batch_size };
    const [item] = train.list({ ...config, epochs: 10 }, {
      sample: { ...sample, dataset: { ...dataset, splits: { ...splits, train: train100 } } },
    });
    const ratio = item!.cost / milliseconds; // 10 epochs of 100 steps
    assert(ratio > 1 / 3 && ratio < 3, `${JSON.stringify(architecture)}: ${ratio}`);
  }
});

Deno.test("trainKind().collect() leaves failed members out, and remembers how many were planned", async () => {
  const sample = sampleOf([member("1"), member("2")]);
  const epochs = [1, 2].map((epoch) => ({
    epoch,
    train_loss: 1 / epoch,
    train_accuracy: 0.5,
    test_loss: 1,
    test_accuracy: 0.9 - epoch / 10,
  }));
  const outcome: TrainOutcome = { status: "done", epochs, weights: "d".repeat(64) as Digest };
  const population = await train.collect(
    config,
    { sample },
    train.list(config, { sample }),
    [null, outcome],
    noContext,
  );
  assertEquals(population.members.map(({ id }) => id), ["2"]);
  assertEquals(population.planned, 2);
  const { columns, rows } = membersTable(population);
  const [first] = rows;
  const value = (name: string) => first![columns.findIndex((column) => column.name === name)];
  assertEquals(value("parameters"), 4 * 7 + 7 + 7 * 2 + 2);
  assertEquals([value("test_accuracy"), value("best_test_accuracy")], [0.7, 0.8]);
});

Deno.test("trainKind().tables() declares the columns of the tables that come out, of members with unlike settings", async () => {
  const { settings } = member("2");
  const adam = { name: "adam", learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-7 } as const;
  const members: Member[] = [
    member("1"),
    { ...member("2"), settings: { ...settings, training: { optimizer: adam, batch_size: 5 } } },
    { ...member("3"), settings: { ...settings, init: { scheme: "normal", scale: 1, std: 0.1 } } },
  ];
  const sample = sampleOf(members);
  const items = train.list(config, { sample });
  const outcomes = items.map((): TrainOutcome => ({
    status: "diverged",
    epochs: [],
    weights: "d".repeat(64) as Digest,
  }));
  const population = await train.collect(config, { sample }, items, outcomes, noContext);
  const tables = populationArtifact.tables!(population, noContext.objects);
  const [membersMade, epochsMade] = [await tables.members!(), await tables.epochs!()];
  const declared = train.tables!(config, { sample: [outlookOf(sample)] });
  assertEquals(declared, { members: membersMade.columns, epochs: epochsMade.columns });
  const type = (name: string) => declared.members!.find((column) => column.name === name)?.type;
  assertEquals(
    ["init.std", "training.optimizer.beta1", "init.scheme", "architecture.kind"].map(type),
    ["quantitative", "quantitative", "nominal", undefined],
  );
});

Deno.test("trainKind().tables() declares the columns of 10,000 members in less than a quarter of a second", () => {
  const sample = sampleOf(Array.from({ length: 10_000 }, (_, i) => member(String(i), i)));
  const start = performance.now();
  train.tables!(config, { sample: [outlookOf(sample)] });
  assert(performance.now() - start < 250);
});

function outlookOf(sample: Sample): InputOutlook {
  return { labels: {}, instance: "draw", reads: {}, output: sample, tables: () => ({}) };
}

const noContext = {} as RunContext; // collect() of this kind stores nothing

interface Overrides {
  readonly epochs?: number;
  readonly train?: Digest;
  readonly test?: Digest;
  readonly engine?: string;
  readonly processor?: string;
}

function identityOf(member: Member, overrides: Overrides = {}): Digest {
  return digestOf(itemOf(member, overrides).identity);
}

function itemOf(
  member: Member,
  { epochs = 3, engine = "tensorflow-0", processor = "x86_64-avx2", ...splits }: Overrides,
) {
  return trainKind(engine, () => processor).list({ sample: "draw", epochs }, {
    sample: sampleOf([member], splits),
  })[0]!;
}

function sampleOf(members: Member[], splits: Pick<Overrides, "train" | "test"> = {}): Sample {
  const split = (count: number, digest: string) => ({
    count,
    digest: digest as Digest,
    classCounts: [count / 2, count / 2],
  });
  const dataset: Dataset = {
    source: "squares",
    shape: [2, 2, 1],
    classes: ["0", "1"],
    splits: {
      train: split(100, splits.train ?? "a".repeat(64)),
      test: split(10, splits.test ?? "b".repeat(64)),
    },
  };
  return { dataset, members };
}

function member(id: string, width = 7): Member {
  return {
    id,
    index: 0,
    replicate: 1,
    case: null,
    seed: "0000000000000001",
    settings: {
      architecture: { kind: "mlp", depth: 1, width, activation: "relu" },
      init: { scheme: "he_normal", scale: 1 },
      training: { optimizer: { name: "sgd", learning_rate: 0.1, momentum: 0 }, batch_size: 10 },
    },
  };
}
