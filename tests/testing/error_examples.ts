/** For each code of a diagnostic the smallest pipeline that gets it, and what it is about. docs/errors.md is written from this. */
import type { FileAnswer } from "../../src/core/own_files.ts";

export interface ErrorExample {
  readonly code: string;
  /** One sentence. */
  readonly meaning: string;
  readonly yaml: string;
  /** Codes that it gets, too, where that cannot be helped. */
  readonly beside?: readonly string[];
  /** Files that it imports, by path. */
  readonly imports?: Readonly<Record<string, string>>;
  /** Values for `--set`. */
  readonly set?: readonly string[];
  /** What is known of the files that its stages name. */
  readonly answer?: FileAnswer;
  /** Shown in place of a file that would be too long, or cannot be shown. */
  readonly shown?: string;
}

const DATA = "  digits: { kind: dataset, source: mnist }";
const OWN =
  "  images: { kind: dataset, source: { format: npz, train: data/train.npz, test: data/test.npz } }";
const FAMILY = "  mlps: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: 5 } }";
const SAMPLE = "  draw: { kind: sampling, family: mlps, method: random, count: 2 }";
const TRAINED = "  trained: { kind: train, sample: draw, epochs: 1 }";
const POPULATION = [DATA, FAMILY, SAMPLE, TRAINED];

/** A pipeline of stages. */
function stages(...lines: readonly string[]): string {
  return `weft: 1\nstages:\n${lines.join("\n")}\n`;
}

/** A pipeline with something in front of its stages. */
function headed(head: string, ...lines: readonly string[]): string {
  return `weft: 1\n${head}\nstages:\n${lines.join("\n")}\n`;
}

/** A family of which one setting is told. */
function family(settings: string): string {
  return stages(DATA, `  mlps:\n    kind: family\n    dataset: digits\n${settings.replace(/^/gm, "    ")}`);
}

function trainedWith(settings: string): string {
  return `  trained: { kind: train, sample: draw, epochs: 1, ${settings} }`;
}

function group(settings: string): string {
  return stages(...POPULATION, `  quality: { kind: group, population: trained, ${settings} }`);
}

function plot(settings: string): string {
  return stages(...POPULATION, `  figure: { kind: plot, ${settings} }`);
}

const MLP = "architecture: { kind: mlp, depth: 1, width: 5 }";

export const errorExamples: readonly ErrorExample[] = [
  // reading YAML
  {
    code: "syntax",
    meaning: "The file is not YAML.",
    yaml: "weft: 1\nstages:\n  digits: { kind: dataset, source: mnist\n",
  },
  {
    code: "bad-character",
    meaning: "The file holds a character that no text file holds, such as NUL.",
    yaml: stages(DATA).replace("mnist", "mnist\0"),
  },
  {
    code: "not-utf8",
    meaning: "Bytes of the file are not UTF-8.",
    yaml: stages(DATA).replace("mnist", "mnist\ufffd"),
  },
  {
    code: "duplicate-key",
    meaning: "A key stands twice in one map.",
    yaml: stages(DATA, DATA.replace("mnist", "mnist-10k")),
  },
  {
    code: "bad-key",
    meaning: "A key has a name that no key can have.",
    yaml: stages("  __proto__: { kind: dataset, source: mnist }"),
  },
  {
    code: "unknown-anchor",
    meaning: "An alias (`*name`) stands for no anchor (`&name`) before it.",
    yaml: stages("  digits: &digits { kind: dataset, source: mnist }", "  again: *digit"),
  },
  {
    code: "bad-merge",
    meaning: "`<<` takes maps only.",
    yaml: stages("  digits: { <<: mnist, kind: dataset, source: mnist }"),
  },
  {
    code: "not-exact",
    meaning: "An integer is too large to be held exactly.",
    yaml: stages(
      ...POPULATION.slice(0, 2),
      "  draw: { kind: sampling, family: mlps, method: random, count: 2, seed: 9007199254740993 }",
    ),
  },
  {
    code: "not-finite",
    meaning: "A number is infinite, or none.",
    yaml: family("architecture: { kind: mlp, depth: 1, width: .inf }"),
  },
  {
    code: "too-deep",
    meaning: "Maps and lists are nested more than a hundred deep.",
    yaml: `x-deep: ${"[".repeat(101)}${"]".repeat(101)}\n`,
    shown: "x-deep: [[[[ ... ]]]]",
  },
  {
    code: "too-large",
    meaning: "The file, or what its aliases, params and matrix make of it, is larger than what is read.",
    yaml: `x-bomb: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n${
      [..."abcdef"].map((name, i, all) =>
        `x-${i}: &${all[i + 1] ?? "z"} [${Array(10).fill(`*${name}`).join(", ")}]\n`
      ).join("")
    }`,
  },
  { code: "empty", meaning: "The file has no content.", yaml: "# nothing yet\n" },
  { code: "unreadable-file", meaning: "The file is not there, or cannot be read.", yaml: "", shown: "" },
  {
    code: "more-problems",
    beside: ["missing-key"],
    meaning: "More than a hundred problems were found; the others are not told.",
    yaml: stages(...Array.from({ length: 101 }, (_, i) => `  s${i}: { kind: dataset }`)),
    shown: "",
  },
  // shape
  {
    code: "unknown-key",
    meaning: "A map has a key that it cannot have.",
    yaml: stages("  digits: { kind: dataset, source: mnist, sorce: mnist }"),
  },
  {
    code: "missing-key",
    meaning: "A map lacks a key that it must have.",
    yaml: stages("  digits: { kind: dataset }"),
  },
  {
    code: "wrong-type",
    meaning: "A value is of another type than the setting.",
    yaml: stages(...POPULATION.slice(0, 3), '  trained: { kind: train, sample: draw, epochs: "10" }'),
  },
  {
    code: "bad-value",
    meaning: "A value is none that the setting can have.",
    yaml: stages("  digits: { kind: dataset, source: mnits }"),
  },
  {
    code: "bad-name",
    meaning: "A name is not written as names are, or is taken for something else.",
    yaml: stages("  Digits: { kind: dataset, source: mnist }"),
  },
  {
    code: "duplicate-name",
    meaning:
      "Two things of one kind have the same name, or two values of an axis names that differ only in case.",
    yaml: headed(
      "matrix: { data: [mnist, mnist] }",
      '  images: { kind: dataset, source: "${{ matrix.data }}" }',
    ),
  },
  // expressions, params, matrix, imports
  {
    code: "bad-expression",
    meaning: "An expression is not written as one, or stands where none can.",
    yaml: stages('  digits: { kind: dataset, source: "${{ data }}" }'),
  },
  {
    code: "unknown-param",
    meaning: "No param has the name that an expression, `--set` or a file of params names.",
    yaml: headed("params: { data: mnist }", '  digits: { kind: dataset, source: "${{ params.dta }}" }')
      .replace(
        '"${{ params.dta',
        '"${{ params.data }}" }\n  again: { kind: dataset, source: "${{ params.dta',
      ),
  },
  {
    code: "bad-param",
    meaning: "A value for a param is of another type than the pipeline's own.",
    yaml: headed(
      "params: { epochs: 3 }",
      ...POPULATION.slice(0, 3),
      '  trained: { kind: train, sample: draw, epochs: "${{ params.epochs }}" }',
    ),
    set: ["epochs=many"],
  },
  {
    code: "unused-param",
    meaning: "A param has no effect (a warning).",
    yaml: headed("params: { epochs: 3 }", DATA),
  },
  {
    code: "unknown-axis",
    meaning: "No axis has the name that an expression, `gather`, `exclude`, `include` or a reference names.",
    yaml: headed("matrix: { data: [mnist] }", '  digits: { kind: dataset, source: "${{ matrix.dta }}" }'),
  },
  {
    code: "unknown-axis-value",
    meaning: "An axis has no value of the name that `exclude`, `include` or a reference names.",
    yaml: headed(
      "matrix:\n  data: [mnist, mnist-10k]\n  exclude: [{ data: cifar-10 }]",
      '  digits: { kind: dataset, source: "${{ matrix.data }}" }',
    ),
  },
  {
    code: "unused-axis",
    meaning: "No stage uses an axis (a warning).",
    yaml: headed("matrix: { data: [mnist] }", DATA),
  },
  {
    code: "unused-exclude",
    meaning: "An entry of `exclude` takes no combination away (a warning).",
    yaml: headed(
      "matrix:\n  data: [mnist, mnist-10k]\n  exclude: [{ data: fashion-mnist }]\n  include: [{ data: { name: fashion-mnist } }]",
      '  digits: { kind: dataset, source: "${{ matrix.data.name }}" }',
    ),
  },
  {
    code: "unknown-field",
    meaning: "A param or the values of an axis have no such field, or a table has no such column.",
    yaml: headed(
      "matrix: { data: [{ name: mnist, patch: 7 }] }",
      '  digits: { kind: dataset, source: "${{ matrix.data.source }}" }',
    ),
  },
  {
    code: "duplicate-instance",
    meaning: "`include` names a combination that the matrix has already.",
    yaml: headed(
      "matrix:\n  data: [mnist]\n  include: [{ data: mnist }]",
      '  digits: { kind: dataset, source: "${{ matrix.data }}" }',
    ),
  },
  {
    code: "nothing-left",
    meaning: "Nothing is left after what is excluded.",
    yaml: headed(
      "matrix: { data: [mnist], exclude: [{ data: mnist }] }",
      '  digits: { kind: dataset, source: "${{ matrix.data }}" }',
    ),
  },
  {
    code: "too-many-axes",
    meaning: "The matrix has more than 50 axes.",
    shown:
      "weft: 1\nmatrix: { a0: [1], a1: [1], a2: [1], ..., a50: [1] }\nstages:\n  digits: { kind: dataset, source: mnist }",
    yaml: headed(`matrix: { ${Array.from({ length: 51 }, (_, i) => `a${i}: [1]`).join(", ")} }`, DATA),
  },
  {
    code: "too-many-instances",
    meaning: "The pipeline has more than 10,000 instances.",
    yaml: headed(
      `matrix: { ${[..."abcde"].map((name) => `${name}: [1, 2, 3, 4, 5, 6, 7, 8]`).join(", ")} }`,
      DATA,
    ),
  },
  // how it runs
  {
    code: "unknown-resource",
    meaning: "A stage takes a resource that no file declares.",
    yaml: headed(
      "resources: { memory: 16 }",
      ...POPULATION.slice(0, 3),
      trainedWith("resources: { memroy: 4 }"),
    ),
  },
  {
    code: "too-much-taken",
    meaning: "A stage takes more of a resource than there is.",
    yaml: headed(
      "resources: { memory: 16 }",
      ...POPULATION.slice(0, 3),
      trainedWith("resources: { memory: 32 }"),
    ),
  },
  {
    code: "cannot-limit",
    meaning: "A setting that says how a stage may run stands in one that does not run.",
    yaml: stages("  digits: { kind: dataset, source: mnist, retries: 3 }"),
  },
  {
    code: "unused-budget",
    meaning: "An imported file has a budget, and the pipeline has none: a run has no budget (a warning).",
    yaml: headed(
      "imports: { other: ./other.yaml }",
      "  figure: { kind: plot, population: other.trained, figure: convergence }",
    ),
    imports: { "other.yaml": headed("budget: { minutes: 60 }", ...POPULATION) },
  },
  {
    code: "bad-import",
    meaning: "A file cannot be imported: it is not there, is no pipeline, or imports this one.",
    yaml: headed("imports: { dnn: ./dnn.yaml }", DATA),
  },
  // files of the user
  {
    code: "absent-file",
    meaning:
      "A file is not there that a stage is planned from: its models are unknown, and it cannot run (a warning, and an " +
      "error of `weft run`).",
    yaml: stages(OWN),
    answer: { state: "absent", files: [{ path: "data/train.npz", at: ["source", "train"] }] },
  },
  {
    code: "outside-file",
    meaning: "A file lies outside of the project, links followed.",
    yaml: stages(OWN.replace("data/train.npz", "../../train.npz")),
    answer: { state: "outside", files: [{ path: "../../train.npz", at: ["source", "train"] }] },
  },
  {
    code: "bad-file",
    meaning: "A file does not hold what it must.",
    yaml: stages(OWN),
    answer: {
      state: "bad",
      at: ["source", "train"],
      message: 'Cannot read "data/train.npz": it has no array "images": it holds x_train, y_train',
      help: "name the arrays: { file: data.npz, images: x_train, labels: y_train }",
    },
  },

  // references
  {
    code: "unknown-stage",
    meaning: "No stage has the name.",
    yaml: stages(...POPULATION.slice(0, 3), "  trained: { kind: train, sample: drew, epochs: 1 }"),
  },
  {
    code: "wrong-artifact",
    meaning: "A stage makes something else than what is read.",
    yaml: stages(...POPULATION.slice(0, 3), "  trained: { kind: train, sample: mlps, epochs: 1 }"),
  },
  {
    code: "bad-reference",
    meaning: "A text can be no name of a stage or of an instance.",
    yaml: stages(...POPULATION.slice(0, 3), "  trained: { kind: train, sample: draw/, epochs: 1 }"),
  },
  {
    code: "duplicate-input",
    meaning: "One list names a stage or an instance twice: tables could not tell the two apart.",
    yaml: headed(
      "matrix: { epochs: [1, 2], seed: [3, 4] }",
      DATA,
      FAMILY,
      SAMPLE.replace("count: 2", 'count: 2, seed: "${{ matrix.seed }}"'),
      TRAINED.replace("epochs: 1", 'epochs: "${{ matrix.epochs }}"'),
      '  figure: { kind: plot, population: ["trained/epochs=1,seed=3", "trained/seed=3,epochs=1"], figure: convergence }',
    ),
  },
  {
    code: "cycle",
    meaning: "Stages read each other in a circle.",
    yaml: stages("  a: { kind: train, sample: b, epochs: 1 }", "  b: { kind: train, sample: a, epochs: 1 }"),
    beside: ["wrong-artifact"],
  },
  {
    code: "cannot-gather",
    meaning: "A stage gathers an axis that it cannot.",
    yaml: headed(
      "matrix: { epochs: [1, 2] }",
      ...POPULATION.slice(0, 3),
      '  trained: { kind: train, sample: draw, epochs: "${{ matrix.epochs }}" }',
      "  quality: { kind: group, population: trained, gather: [epochs] }",
    ),
  },
  {
    code: "unequal-axes",
    meaning: "An expression may name several stages, and they differ in their axes.",
    yaml: headed(
      "matrix: { data: [mnist, mnist-10k], of: [one, all] }",
      "  one: { kind: dataset, source: mnist }",
      '  all: { kind: dataset, source: "${{ matrix.data }}" }',
      '  mlps: { kind: family, dataset: "${{ matrix.of }}", architecture: { kind: mlp, depth: 1, width: 5 } }',
    ),
  },
  {
    code: "unequal-lists",
    meaning: "The lists that a stage reads side by side differ in length.",
    yaml: stages(
      ...POPULATION,
      "  again: { kind: train, sample: draw, epochs: 2 }",
      "  more: { kind: train, sample: draw, epochs: 3 }",
      "  g1: { kind: group, population: trained }",
      "  g2: { kind: group, population: again }",
      "  figure: { kind: plot, population: [trained, again, more], groups: [g1, g2], figure: convergence }",
    ),
  },
  {
    code: "lost-instances",
    meaning: "Inputs have not all combinations in common, and the others are left out (a warning).",
    yaml: headed(
      "imports: { other: ./other.yaml }\nmatrix: { data: [mnist, mnist-10k] }",
      '  digits: { kind: dataset, source: "${{ matrix.data }}" }',
      '  mlps: { kind: family, dataset: other.digits, architecture: { kind: mlp, depth: 1, width: "${{ matrix.data.width }}" } }',
    ).replace("[mnist, mnist-10k]", "[{ name: mnist, width: 5 }, { name: mnist-10k, width: 9 }]").replace(
      '"${{ matrix.data }}"',
      '"${{ matrix.data.name }}"',
    ),
    imports: {
      "other.yaml": headed(
        "matrix: { data: [mnist] }",
        '  digits: { kind: dataset, source: "${{ matrix.data }}" }',
      ),
    },
  },
  // kinds
  {
    code: "not-enough-examples",
    meaning: "A data set has fewer examples than are taken of it, or none is left to train on.",
    yaml: stages("  images: { kind: dataset, source: mnist-10k, subset: 20000 }"),
  },
  {
    code: "bad-domain",
    meaning: "A domain is not written as one.",
    yaml: family("architecture: { kind: mlp, depth: 1, width: { choice: [5, 10], weights: [1] } }"),
  },
  {
    code: "unknown-setting",
    meaning: "A condition names a setting that the family has not.",
    yaml: family(`${MLP}\nexclude: [{ widht: 5 }]`),
  },
  {
    code: "unused-setting",
    meaning: "A setting has no effect beside the others.",
    yaml: family(`${MLP}\ninit: { scheme: he_normal, std: 0.1 }`),
  },
  {
    code: "impossible",
    meaning: "Settings that a family allows can be no network.",
    yaml: family("architecture: { kind: vit, patch: 5, dim: 8, depth: 1, heads: 2 }"),
  },
  {
    code: "too-many-members",
    meaning: "The samples of the pipeline have more than a million members.",
    yaml: stages(
      DATA,
      FAMILY,
      "  draw: { kind: sampling, family: mlps, method: random, count: 1000, replicates: 1001 }",
    ),
  },
  {
    code: "no-validation-split",
    meaning: "Training is to stop by a metric of a split that the data set lacks.",
    yaml: stages(DATA, FAMILY, SAMPLE, trainedWith("stop: { patience: 5 }")),
  },
  {
    code: "epoch-beyond-last",
    meaning:
      "An epoch whose weights are to be recorded, or the end of a warm-up, comes after the last epoch.",
    yaml: stages(DATA, FAMILY, SAMPLE, trainedWith("record: [1, 2]")),
  },
  {
    code: "recorded-too-large",
    meaning: "The recorded weights of a model take too much memory.",
    yaml: stages(
      DATA,
      FAMILY.replace("width: 5", "width: 500"),
      SAMPLE,
      "  trained: { kind: train, sample: draw, epochs: 2000, record: { every: 1 } }",
    ),
  },
  {
    code: "unknown-metric",
    meaning: "Training records no such metric, or not of this data set.",
    yaml: group("by: best_loss"),
  },
  {
    code: "bounds-not-ascending",
    meaning: "The bounds between groups do not ascend.",
    yaml: group("rule: { thresholds: [0.9, 0.5], labels: [low, mid, high] }"),
  },
  {
    code: "labels-missing",
    meaning: "A rule makes other groups than those that have names by themselves.",
    yaml: group("rule: { thresholds: [0.2, 0.3, 0.4, 0.9] }"),
  },
  {
    code: "labels-count",
    meaning: "A rule makes more or fewer groups than it names.",
    yaml: group("rule: { thresholds: [0.9], labels: [low, mid, high] }"),
  },
  {
    code: "label-reserved",
    meaning: "A group cannot have this name.",
    yaml: group("rule: { thresholds: [0.9], labels: [non, high] }"),
  },
  {
    code: "label-repeated",
    meaning: "Two groups have the same name.",
    yaml: group("rule: { thresholds: [0.5, 0.9], labels: [low, low, high] }"),
  },
  {
    code: "override-unused",
    meaning:
      "An override names a part that the figure has not at its top level, so that it would change nothing.",
    yaml: plot("population: trained, figure: convergence, override: { width: 300 }"),
  },
  {
    code: "other-population",
    meaning: "Groups stand beside models of another population, whose ids are the same.",
    yaml: stages(
      ...POPULATION,
      "  others: { kind: train, sample: draw, epochs: 2 }",
      "  quality: { kind: group, population: others }",
      "  weights: { kind: analyze, population: trained, groups: quality }",
    ),
  },
  {
    code: "unknown-label",
    meaning: "No group has the name.",
    yaml: stages(
      ...POPULATION,
      "  quality: { kind: group, population: trained }",
      "  weights: { kind: analyze, population: trained, groups: quality, without: [lw] }",
    ),
  },
  {
    code: "nothing-to-draw",
    meaning: "A plot names no figure and has no spec.",
    yaml: plot("population: trained"),
  },
  {
    code: "figure-input-missing",
    meaning: "A figure needs an input that is not given.",
    yaml: plot("figure: weight-statistics"),
  },
  {
    code: "figure-table-missing",
    meaning: "A figure needs a table that its input does not make.",
    yaml: stages(
      ...POPULATION,
      "  quality: { kind: group, population: trained }",
      "  weights: { kind: analyze, population: trained, groups: quality, measures: [distribution] }",
      "  figure: { kind: plot, analysis: weights, figure: weight-statistics }",
    ),
  },
  {
    code: "figure-setting-unused",
    meaning: "A setting has no effect in this figure.",
    yaml: plot("population: trained, figure: convergence, phase: init"),
  },
  {
    code: "figure-phase-unknown",
    meaning: "A figure cannot show this phase.",
    yaml: stages(
      ...POPULATION,
      "  quality: { kind: group, population: trained }",
      "  weights: { kind: analyze, population: trained, groups: quality }",
      "  figure: { kind: plot, analysis: weights, figure: weight-distribution, phase: difference }",
    ),
  },
  {
    code: "spec-setting-unused",
    meaning: "A setting has no effect beside `spec`.",
    yaml: plot(
      "population: trained, spec: { mark: point, data: { name: trained.members } }, figure: convergence",
    ),
  },
  {
    code: "unknown-table",
    meaning: "A spec names a table that there is not.",
    yaml: plot("population: trained, spec: { mark: point, data: { name: trained.member } }"),
  },
  {
    code: "outside-data",
    meaning: "A figure would load something from elsewhere.",
    yaml: plot("population: trained, spec: { mark: point, data: { url: data.csv } }"),
  },
  {
    code: "override-data",
    meaning: "`override` would change the data of a named figure.",
    yaml: plot("population: trained, figure: convergence, override: { data: { values: [] } }"),
  },
];
