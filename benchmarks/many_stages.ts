/** Pipelines of many stages, as text. */

export type Stages = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One in five stages uses the matrix, so that 20,000 stages stay below the limit of instances. */
const USES_MATRIX = 5;

/** Stages of the kinds that tests use. flat: all read one stage; chained: each reads the one before it. */
export function manyStages(count: number, shape: "flat" | "chained", matrix: boolean): Stages {
  const stages: Record<string, Record<string, string>> = {
    images: { kind: "data", source: "mnist" },
    nets: { kind: "space", data: "images", architecture: "{ kind: mlp, width: { choice: [8, 16] } }" },
    trained: { kind: "training", space: "nets" },
  };
  for (let i = 0; i < count - 3; i++) {
    // what has an axis is read by nothing: else all behind it would have it
    const title = matrix && i % USES_MATRIX === 0 ? `"Number ${i} of \${{ matrix.data }}"` : `Number ${i}`;
    const before = matrix && (i - 1) % USES_MATRIX === 0 ? i - 2 : i - 1;
    const like: Record<string, string> = shape === "chained" && before >= 0 && i > 2
      ? { like: `s${before}` }
      : {};
    stages[`s${i}`] = { kind: "summary", models: "trained", ...like, title };
  }
  return stages;
}

/** Stages of weft's own kinds: what is trained in many ways, each grouped. */
export function realStages(count: number, matrix: boolean): Stages {
  const stages: Record<string, Record<string, string>> = {
    images: { kind: "dataset", source: "mnist" },
    mlps: {
      kind: "family",
      dataset: "images",
      architecture: "{ kind: mlp, depth: { choice: [1, 2] }, width: 5, activation: relu }",
      init: "{ scheme: he_normal }",
      training: "{ optimizer: { name: adam, learning_rate: 1.0e-3 }, batch_size: 64 }",
    },
    draw: { kind: "sampling", family: "mlps", method: "random", count: "2", seed: "7" },
  };
  for (let i = 0; i < (count - 3) / 2; i++) {
    const uses = matrix && i % USES_MATRIX === 0;
    stages[`t${i}`] = { kind: "train", sample: "draw", epochs: uses ? '"${{ matrix.epochs }}"' : `${i + 1}` };
    stages[`g${i}`] = { kind: "group", population: `t${i}`, by: "test_accuracy", rule: "tertiles" };
  }
  return stages;
}

export function pipelineOf(stages: Stages, style: "flow" | "block", matrix: boolean): string {
  const lines = ["weft: 1", "name: many"];
  if (matrix) lines.push("matrix: { data: [mnist, cifar-10], epochs: [1, 2] }");
  lines.push("stages:");
  for (const [name, settings] of Object.entries(stages)) {
    const pairs = Object.entries(settings).map(([key, value]) => `${key}: ${value}`);
    if (style === "flow") lines.push(`  ${name}: { ${pairs.join(", ")} }`);
    else lines.push(`  ${name}:`, ...pairs.map((pair) => `    ${pair}`));
  }
  return `${lines.join("\n")}\n`;
}
