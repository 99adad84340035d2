import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Dataset } from "../../artifacts/dataset.ts";
import { membersTable, populationArtifact } from "../../artifacts/population.ts";
import type { Member, Sample } from "../../artifacts/sample.ts";
import type { ArchitectureSettings } from "../../artifacts/settings.ts";
import { type Digest, digestOf } from "../../core/digest.ts";
import type { InputOutlook, RunContext } from "../../core/stage_kind.ts";
import { rowObjects } from "../../core/table.ts";
import type { TrainConfig } from "./schema.ts";
import { trainKind, type TrainOutcome } from "./stage.ts";

const train = trainKind("tensorflow-0", () => "x86_64-avx2");
const config = { sample: "draw", epochs: 3 };

Deno.test("trainKind().list() gives each member an identity that is pinned", () => {
  const [item] = train.list(config, { sample: sampleOf([member("1")]) });
  assertEquals(
    digestOf(item!.identity),
    "a2bc830213839413b8f415d627f2a9cc4b2d783e94ed505f31acfd6429bbb641" as Digest,
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
    identityOf(member("1"), { record: [2] }),
    identityOf(member("1"), { record: [2, 3] }),
    identityOf(member("1"), { stop: STOP }),
    identityOf(member("1"), { stop: { ...STOP, restore: "best" } }),
    identityOf(member("1"), { validation: "d".repeat(64) as Digest }),
    identityOf(member("1"), { train: "c".repeat(64) as Digest }),
    identityOf(member("1"), { test: "c".repeat(64) as Digest }),
    identityOf(member("1"), { engine: "tensorflow-1" }),
  ];
  assertEquals(new Set([identityOf(member("1")), ...others]).size, others.length + 1);
});

Deno.test("trainKind().list() takes the epochs that are recorded into the identity, however they are written", () => {
  const every = identityOf(member("1"), { epochs: 7, record: { every: 3 } });
  assertEquals(identityOf(member("1"), { epochs: 7, record: [6, 3] }), every);
  assertNotEquals(identityOf(member("1"), { epochs: 7, record: [3] }), every);
});

Deno.test("trainKind().list() keeps the trajectory when only its end, what is recorded or what it is evaluated on change", () => {
  const trajectory = (options: Overrides) => itemOf(member("1"), options).identity.trajectory;
  assertEquals(trajectory({ epochs: 4 }), trajectory({}));
  assertEquals(trajectory({ stop: STOP, record: [1] }), trajectory({}));
  assertEquals(trajectory({ test: "c".repeat(64) as Digest }), trajectory({}));
  assertEquals(trajectory({ validation: "c".repeat(64) as Digest }), trajectory({}));
  assertNotEquals(trajectory({ train: "c".repeat(64) as Digest }), trajectory({}));
});

Deno.test("trainKind().list() takes the epochs into the trajectory where a schedule reads them, and a rule never", () => {
  const { settings } = member("1");
  const scheduled = (name: "cosine" | "step", overrides: Overrides) => {
    const schedule = { name, every: 2, gamma: 0.5 };
    const training = { ...settings.training, schedule };
    return itemOf({ ...member("1"), settings: { ...settings, training } }, overrides).identity.trajectory;
  };
  assertNotEquals(scheduled("cosine", { epochs: 4 }), scheduled("cosine", {}));
  assertEquals(scheduled("cosine", { stop: STOP, record: [2] }), scheduled("cosine", {}));
  assertEquals(scheduled("step", { epochs: 4 }), scheduled("step", {}));
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
  for (const split of ["test", "validation"]) {
    assertNotEquals(first!.affinity, itemOf(member("1"), { [split]: "c".repeat(64) as Digest }).affinity);
  }
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
  const outcome: TrainOutcome = { ...DIVERGED, status: "done", epochs };
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

for (const splits of [{}, { validation: "c".repeat(64) as Digest }]) {
  const [with_, names] = "validation" in splits
    ? ["with", ["validation_loss", "validation_accuracy"]]
    : ["without", []];

  Deno.test(`trainKind().tables() declares the columns of the tables that come out ${with_} a validation split, of members with unlike settings`, async () => {
    const { settings } = member("2");
    const adam = { name: "adam", learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-7 } as const;
    const members: Member[] = [
      member("1"),
      { ...member("2"), settings: { ...settings, training: { optimizer: adam, batch_size: 5 } } },
      { ...member("3"), settings: { ...settings, init: { scheme: "normal", scale: 1, std: 0.1 } } },
    ];
    const sample = sampleOf(members, splits);
    const items = train.list(config, { sample });
    const outcomes = items.map(() => DIVERGED);
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
    for (const columns of Object.values(declared)) {
      const found = columns.map(({ name }) => name).filter((name) => name.startsWith("validation_"));
      assertEquals(found, names);
    }
  });
}

Deno.test("trainKind().collect() has metrics of the epoch whose weights are the final ones, and rows of all epochs", async () => {
  const sample = sampleOf([member("1")], { validation: "c".repeat(64) as Digest });
  const epochs = [1, 2, 3].map((epoch) => ({
    epoch,
    train_loss: 1 / epoch,
    train_accuracy: 0.5,
    test_loss: 1 + epoch,
    test_accuracy: epoch / 10,
    validation_loss: 2 + epoch,
    validation_accuracy: epoch / 100,
  }));
  const outcome: TrainOutcome = { ...DIVERGED, status: "stopped_early", epochs, best_epoch: 2 };
  const items = train.list(config, { sample });
  const population = await train.collect(config, { sample }, items, [outcome], noContext);
  const tables = populationArtifact.tables!(population, noContext.objects);
  const [row] = rowObjects(await tables.members!());
  const { status, train_loss, test_loss, test_accuracy, best_test_accuracy, validation_loss } = row!;
  assertEquals([status, row!["epochs"], row!["best_epoch"]], ["stopped_early", 3, 2]);
  assertEquals([train_loss, test_loss, test_accuracy, validation_loss], [0.5, 3, 0.2, 4]);
  assertEquals([best_test_accuracy, row!["label_entropy"]], [0.3, Math.log(2)]);
  assertEquals(rowObjects(await tables.epochs!()), epochs.map((row) => ({ member: "1", ...row })));
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

const DIVERGED: TrainOutcome = {
  status: "diverged",
  label_entropy: Math.log(2),
  epochs: [],
  best_epoch: null,
  recorded: [],
  weights: "d".repeat(64) as Digest,
};

const STOP = { by: "validation_loss", patience: 2, min_delta: 0, restore: "last" } as const;

interface Overrides extends Splits, Pick<Partial<TrainConfig>, "epochs" | "record" | "stop"> {
  readonly engine?: string;
  readonly processor?: string;
}

function identityOf(member: Member, overrides: Overrides = {}): Digest {
  return digestOf(itemOf(member, overrides).identity);
}

function itemOf(
  member: Member,
  { epochs = 3, record, stop, engine = "tensorflow-0", processor = "x86_64-avx2", ...splits }: Overrides,
) {
  const config: TrainConfig = { sample: "draw", epochs, ...record && { record }, ...stop && { stop } };
  return trainKind(engine, () => processor).list(config, { sample: sampleOf([member], splits) })[0]!;
}

interface Splits {
  readonly train?: Digest;
  readonly test?: Digest;
  /** Absent: there is none. */
  readonly validation?: Digest;
}

function sampleOf(members: Member[], splits: Splits = {}): Sample {
  const split = (count: number, digest: string) => ({ count, digest: digest as Digest });
  const dataset: Dataset = {
    source: "squares",
    shape: [2, 2, 1],
    classes: ["0", "1"],
    splits: {
      train: split(100, splits.train ?? "a".repeat(64)),
      test: split(10, splits.test ?? "b".repeat(64)),
      ...splits.validation && { validation: split(8, splits.validation) },
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
