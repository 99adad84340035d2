import { assert, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import type { Json, JsonObject } from "../../core/json.ts";
import { type FamilyConfig, familySchema } from "./schema.ts";
import { resolveSetting, SETTINGS } from "./setting_names.ts";
import { family } from "./stage.ts";
import { cnn, declared, mlp, vit } from "./testing/families.ts";

const hasShape = new Ajv({ strict: false }).compile(familySchema);
const architecture = { kind: "mlp", depth: 2, width: 10 };
const config = (
  more: Omit<Partial<FamilyConfig>, "architecture"> & { architecture?: JsonObject } = {},
): FamilyConfig => ({
  dataset: "digits",
  ...more,
  architecture: { ...architecture, ...more.architecture },
});

Deno.test("family.plan() fills in every default, so that a member lacks nothing", () => {
  assertEquals(declared(config()).space, {
    architecture: { ...architecture, activation: "relu" },
    init: { scheme: "he_normal", scale: 1 },
    training: {
      optimizer: { name: "adam", learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      schedule: { name: "constant", warmup: 0 },
      batch_size: 64,
      dropout: 0,
      label_smoothing: 0,
      label_noise: 0,
      fraction: 1,
    },
  });
});

Deno.test("family.plan() fills in the defaults of every optimizer that can be drawn", () => {
  const bySetting = declared(config({ training: { optimizer: { name: { choice: ["adam", "sgd"] } } } }));
  const optimizer = {
    learning_rate: 0.001,
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    momentum: 0,
    nesterov: false,
  };
  const { training } = bySetting.space as { training: JsonObject };
  assertEquals(training["optimizer"], { name: { choice: ["adam", "sgd"] }, ...optimizer });

  const byMap = declared(
    config({ training: { optimizer: { choice: [{ name: "sgd" }, { learning_rate: 0.1 }] } } }),
  );
  assertEquals((byMap.space["training"] as JsonObject)["optimizer"], {
    choice: [
      { name: "sgd", learning_rate: 0.001, momentum: 0, nesterov: false },
      { name: "adam", learning_rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    ],
  });
});

Deno.test("family.normalize() makes a family and the same with its defaults written out equal", () => {
  const normalize = family.normalize!;
  const plain = config({ training: { optimizer: { choice: [{ name: "sgd" }, { name: "adam" }] } } });
  assertEquals(normalize(normalize(plain)), normalize(plain));
  const written = config({ init: { scheme: "he_normal", scale: 1 }, training: { batch_size: 64 } });
  assertEquals(normalize(written), normalize(config()));
});

Deno.test("family.plan() lays a case over the family: maps are merged, a scalar replaces a domain", () => {
  const { cases } = declared(config({
    architecture: { depth: { choice: [1, 2] } },
    cases: [
      { name: "usual", weight: 9 },
      { name: "near-zero", architecture: { depth: 3 }, init: { scheme: "normal", std: 1e-4 } },
    ],
  }));
  assertEquals(cases.map(({ name, weight }) => [name, weight]), [["usual", 9], ["near-zero", 1]]);
  assertEquals((cases[0]!.space["architecture"] as JsonObject)["depth"], { choice: [1, 2] });
  assertEquals(cases[1]!.space["architecture"], { ...architecture, depth: 3, activation: "relu" });
  assertEquals(cases[1]!.space["init"], { scheme: "normal", std: 1e-4, scale: 1 });
});

Deno.test("family.plan() lays the map of a case over each map of a choice", () => {
  const optimizers: Json = { choice: [{ name: "adam" }, { name: "sgd", momentum: 0.9 }] };
  const slow = { name: "slow", training: { optimizer: { learning_rate: 1e-6 } } };
  const { cases } = declared(config({ training: { optimizer: optimizers }, cases: [slow] }));
  assertEquals((cases[0]!.space["training"] as JsonObject)["optimizer"], {
    choice: [
      { name: "adam", learning_rate: 1e-6, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
      { name: "sgd", learning_rate: 1e-6, momentum: 0.9, nesterov: false },
    ],
  });
});

Deno.test("family.plan() gives exclusions full paths", () => {
  const { exclude } = declared(
    config({ exclude: [{ depth: { min: 3 }, "optimizer.name": "sgd", width: [5, 6] }] }),
  );
  assertEquals(exclude, [{
    "architecture.depth": { min: 3 },
    "training.optimizer.name": "sgd",
    "architecture.width": [5, 6],
  }]);
});

Deno.test("resolveSetting() takes a full path or an end of it that no other setting has", () => {
  const known = ["a.rate", "b.rate", "rate.c", "b.size"];
  assertEquals(resolveSetting("a.rate", known), { ok: true, value: "a.rate" });
  assertEquals(resolveSetting("size", known), { ok: true, value: "b.size" });
  const wrong = (name: string) => {
    const result = resolveSetting(name, known);
    return result.ok ? result : result.error;
  };
  assertEquals(wrong("rate"), {
    why: "it is the end of several settings",
    help: "write one of a.rate, b.rate",
  });
  const lists = ["a.sizes", "a.sizes.*", "a.layers.*.size", "a.size"];
  assertEquals(resolveSetting("sizes.3", lists), { ok: true, value: "a.sizes.3" });
  assertEquals(resolveSetting("layers.12.size", lists), { ok: true, value: "a.layers.12.size" });
  assertEquals(resolveSetting("size", lists), { ok: true, value: "a.size" });
  for (const name of ["sizes.0", "sizes.*", "3", "sizes.3.4"]) {
    assert(!resolveSetting(name, lists).ok, name);
  }
  assertEquals(wrong("siz"), { why: "there is no such setting", help: 'did you mean "size"?' });
  assertEquals(wrong("ate"), { why: "there is no such setting", help: 'did you mean "rate"?' });
});

Deno.test("family.plan() fills in the defaults of each kind of architecture, in choices too", () => {
  const choice: Json = [
    { kind: "cnn", depth: 2, channels: 4 },
    { choice: [{ kind: "vit", patch: 4, dim: 8, depth: 1, heads: 2 }, { kind: "mlp", depth: 1, width: 5 }] },
  ];
  const { space } = declared({ dataset: "digits", architecture: { choice } });
  assertEquals(space["architecture"], {
    choice: [
      {
        kind: "cnn",
        depth: 2,
        channels: 4,
        kernel: 3,
        stride: 1,
        padding: "valid",
        pool: false,
        dense: 0,
        activation: "relu",
      },
      {
        choice: [
          { kind: "vit", patch: 4, dim: 8, depth: 1, heads: 2, mlp_ratio: 4, pooling: "class" },
          { kind: "mlp", depth: 1, width: 5, activation: "relu" },
        ],
      },
    ],
  });
});

/** The architectures of the only case, of each the settings that are not defaults. */
function caseOver(family: JsonObject, over: JsonObject): Json {
  const declaredFamily = declared({
    dataset: "digits",
    architecture: family,
    cases: [{ name: "a", architecture: over }],
  });
  const plain = { ...declaredFamily.cases[0]!.space["architecture"] as { choice?: JsonObject[] } };
  const shown = ({ kind, depth, width, channels, patch, heads }: JsonObject) =>
    JSON.parse(JSON.stringify({ kind, depth, width, channels, patch, heads }));
  return plain.choice === undefined
    ? shown(plain as JsonObject)
    : { ...plain, choice: plain.choice.map(shown) };
}

Deno.test("family.plan() lays the architecture of a case over the maps that have its settings, and leaves the others", () => {
  const all = { choice: [mlp, cnn, vit] };
  const { dim: _, ...shownVit } = vit;
  assertEquals(caseOver(all, { depth: 3 }), {
    choice: [{ ...mlp, depth: 3 }, { ...cnn, depth: 3 }, { ...shownVit, depth: 3 }],
  });
  assertEquals(caseOver(all, { heads: 4 }), { choice: [mlp, cnn, { ...shownVit, heads: 4 }] });
  assertEquals(caseOver(all, { heads: 4, depth: 2 }), {
    choice: [mlp, cnn, { ...shownVit, heads: 4, depth: 2 }],
  });
});

Deno.test("family.plan() keeps of a choice what is of the kind that a case says, with its weights", () => {
  const more = { ...cnn, channels: 8 };
  const family = { choice: [mlp, cnn, more], weights: [5, 2, 1] };
  assertEquals(caseOver(family, { kind: "cnn", depth: 3 }), {
    choice: [{ ...cnn, depth: 3 }, { ...more, depth: 3 }],
    weights: [2, 1],
  });
  assertEquals(caseOver({ choice: [mlp, cnn], weights: [1, 0] }, { kind: "cnn" }), { choice: [cnn] });
});

Deno.test("family.plan() takes an architecture of another kind in place of the family's", () => {
  assertEquals(caseOver(mlp, cnn), cnn);
  assertEquals(caseOver(mlp, { choice: [cnn, { ...cnn, depth: 3 }] }), {
    choice: [cnn, { ...cnn, depth: 3 }],
  });
});

Deno.test("family.check() tells which settings of a case do not fit the family, and which kind has them", () => {
  const problem = (family: JsonObject, over: JsonObject) => {
    const settings = { dataset: "d", architecture: family, cases: [{ name: "a", architecture: over }] };
    assert(hasShape(settings), JSON.stringify(hasShape.errors));
    const problems = family_(settings);
    assertEquals(problems.length, 1);
    return [problems[0]!.at.slice(2).join("."), problems[0]!.message, problems[0]!.help];
  };
  const family_ = (settings: FamilyConfig) => family.check!(family.normalize!(settings));
  const cannot = 'Cannot lay case "a" over the family: ';
  assertEquals(problem({ choice: [mlp, cnn] }, { patch: 3 }), [
    "architecture.patch",
    `${cannot}"patch" is not known in kind "mlp" and kind "cnn"`,
    'it belongs to kind "vit"',
  ]);
  assertEquals(problem({ choice: [mlp, cnn] }, { width: 3, channels: 3 }), [
    "architecture",
    `${cannot}no architecture of it has "width" and "channels"`,
    "make it two cases, one for each kind",
  ]);
  assertEquals(problem({ choice: [mlp, cnn] }, { kind: "mlp", channels: 3 }), [
    "architecture.channels",
    `${cannot}"channels" is not known in kind "mlp"`,
    'it belongs to kind "cnn"',
  ]);
  assertEquals(problem(mlp, { kind: "cnn", depth: 3 }), [
    "architecture.kind",
    'Cannot read the architecture of case "a": "channels" is missing',
    "the family has no cnn, so that the case must say all of it",
  ]);
});

Deno.test("family.check() knows in exclusions the settings that the family can have, and where the others are", () => {
  const messages = (exclude: readonly JsonObject[], more: Partial<FamilyConfig> = {}) =>
    family.check!({ ...config({ exclude }), ...more }).map(({ message, help }) => `${message}; ${help}`);
  assertEquals(messages([{ depth: 1, width: [1, 2] }, { activation: "relu" }, { kind: "mlp" }]), []);
  assertEquals(messages([{ heads: 3 }]), [
    'Cannot exclude by "heads": there is no such setting; it belongs to kind "vit", which the family does not have',
  ]);
  assertEquals(messages([{ heads: 3, depth: { min: 2 } }], { architecture: { choice: [mlp, vit] } }), []);
  assertEquals(messages([{ heads: 3 }], { cases: [{ name: "a", architecture: vit }] }), []);
  assertEquals(messages([{ pool: "yes" }], { architecture: cnn }).length, 1);
  assertEquals(messages([{ dpth: 3 }]), [
    'Cannot exclude by "dpth": there is no such setting; did you mean "depth"?',
  ]);
});

/** Place and message of the only problem, in settings whose shape is right. */
function problemOf(more: Parameters<typeof config>[0]): [string, string] {
  assert(hasShape(config(more)), JSON.stringify(hasShape.errors));
  const problems = family.check!(family.normalize!(config(more)));
  assertEquals(problems.length, 1, JSON.stringify(problems));
  return [problems[0]!.at.join("."), problems[0]!.message];
}

Deno.test("family.check() finds domains that nothing can be drawn from", () => {
  const rate = (learning_rate: Json) => problemOf({ training: { optimizer: { learning_rate } } });
  const at = "training.optimizer.learning_rate";
  const cannot = `Cannot draw "${at}"`;
  const cases: [Json, string, string][] = [
    [{ uniform: [2, 1] }, `${at}.uniform`, `${cannot} from uniform [2,1]: the bounds must ascend`],
    [
      { uniform: [-1, 1] },
      `${at}.uniform`,
      `${cannot} from uniform [-1,1]: -1 cannot be drawn, it must be more than 0`,
    ],
    [
      { uniform: [1, 2], weights: [1] },
      `${at}.weights`,
      `${cannot}: "weights" has no meaning here, they belong to a choice`,
    ],
    [
      { uniform: [1, 2], choice: [1] },
      at,
      `${cannot}: expected one of choice, uniform, log_uniform, int_uniform, found uniform and choice`,
    ],
    [
      { weights: [1] },
      at,
      `${cannot}: expected one of choice, uniform, log_uniform, int_uniform, found none`,
    ],
    [{ choice: [1, 1] }, `${at}.choice.1`, `${cannot}: 1 is in the choice twice`],
    [
      { int_uniform: [1, 4], steps: 5 },
      `${at}.steps`,
      `${cannot}: 5 steps are more than the 4 integers from 1 to 4`,
    ],
    [
      { choice: [1], steps: 5 },
      `${at}.steps`,
      `${cannot}: "steps" has no meaning here, a choice has all of its values in a grid`,
    ],
    [{ choice: [1, 2], weights: [1] }, `${at}.weights`, `${cannot}: it has 2 values and 1 weights`],
    [{ choice: [1, 2], weights: [0, 0] }, `${at}.weights`, `${cannot}: all weights are 0`],
    [
      { choice: [1, { uniform: [4, 3] }] },
      `${at}.choice.1.uniform`,
      `${cannot} from uniform [4,3]: the bounds must ascend`,
    ],
  ];
  for (const [domain, place, message] of cases) assertEquals(rate(domain), [place, message]);
});

Deno.test("family.check() finds settings that do not go with the others", () => {
  assertEquals(problemOf({ init: { scheme: "normal" } }), [
    "init.scheme",
    'Cannot set "init.scheme" to "normal": "init.std" is missing',
  ]);
  assertEquals(problemOf({ init: { scheme: "uniform", std: 1, limit: 1 } }), [
    "init.std",
    'Cannot set "init.std" where "init.scheme" is "uniform": it belongs to normal and truncated_normal',
  ]);
  assertEquals(problemOf({ init: { std: 1 } })[0], "init.std");
  assertEquals(problemOf({ init: { scheme: { choice: ["he_normal", "normal"] } } }), [
    "init.scheme",
    'Cannot set "init.scheme" to "normal": "init.std" is missing',
  ]);
  assertEquals(problemOf({ training: { optimizer: { momentum: 0.9 } } })[0], "training.optimizer.momentum");
  const inChoice: JsonObject = { choice: [{ scheme: "normal", std: 1 }, { scheme: "zeros", limit: 1 }] };
  assertEquals(problemOf({ init: inChoice })[0], "init.choice.1.limit");
});

Deno.test("family.check() knows which optimizer, schedule and scheme each setting belongs to", () => {
  const at = (training: JsonObject) => problemOf({ training });
  const elsewhere = (name: string, optimizer: string, owners: string) => [
    `training.optimizer.${name}`,
    `Cannot set "training.optimizer.${name}" where "training.optimizer.name" is "${optimizer}": it belongs to ${owners}`,
  ];
  const optimizer = (settings: JsonObject) => at({ optimizer: settings });
  assertEquals(optimizer({ name: "sgd", alpha: 0.9 }), elsewhere("alpha", "sgd", "rmsprop"));
  assertEquals(
    optimizer({ name: "rmsprop", momentum: 0.9, nesterov: true }),
    elsewhere("nesterov", "rmsprop", "sgd"),
  );
  assertEquals(
    optimizer({ name: "sgd", epsilon: 1 }),
    elsewhere("epsilon", "sgd", "adam, adamw and rmsprop"),
  );
  assertEquals(at({ schedule: { name: "step" } }), [
    "training.schedule.name",
    'Cannot set "training.schedule.name" to "step": "training.schedule.every" is missing',
  ]);
  assertEquals(at({ schedule: { final: 0.1 } })[0], "training.schedule.final");
  assertEquals(at({ schedule: { name: "cosine", gamma: 0.5 } })[0], "training.schedule.gamma");
  assertEquals(problemOf({ init: { scheme: "constant" } })[0], "init.scheme");
  assertEquals(problemOf({ init: { scheme: "orthogonal", value: 1 } })[0], "init.value");
  const all = { weight_decay: 0.1, learning_rate: 0.1 };
  for (const name of ["adam", "adamw", "sgd", "rmsprop"]) {
    assertEquals(family.check!(config({ training: { optimizer: { name, ...all } } })), []);
  }
});

Deno.test("family.check() finds Nesterov's momentum without momentum, and not where some may be drawn", () => {
  const problems = (optimizer: JsonObject) =>
    family.check!(family.normalize!(config({ training: { optimizer } }))).map(({ at }) => at.join("."));
  assertEquals(problems({ name: "sgd", nesterov: true }), ["training.optimizer.nesterov"]);
  assertEquals(problems({ name: "sgd", nesterov: true, momentum: 0 }), ["training.optimizer.nesterov"]);
  assertEquals(problems({ name: "sgd", nesterov: true, momentum: 0.9 }), []);
  assertEquals(problems({ name: "sgd", nesterov: true, momentum: { choice: [0, 0.9] } }), []);
  assertEquals(problems({ name: "sgd", nesterov: { choice: [true, false] } }), []);
});

Deno.test("family.check() lets a setting stand that one of several values needs", () => {
  const init = { scheme: { choice: ["he_normal", "normal"] }, std: 0.1 };
  const training = { optimizer: { name: { choice: ["adam", "sgd"] }, momentum: 0.9 } };
  assertEquals(family.check!(config({ init, training })), []);
});

Deno.test("family.check() finds in a case what goes wrong only there", () => {
  const sgd = { optimizer: { name: "sgd" } };
  assertEquals(family.check!(config({ cases: [{ name: "a", training: sgd }] })), []);
  assertEquals(problemOf({ cases: [{ name: "a", init: { scheme: "normal" } }] })[0], "cases.0.init.scheme");
  assertEquals(problemOf({ cases: [{ name: "a", init: { std: 1 } }] })[0], "cases.0.init.std");
  assertEquals(
    problemOf({ cases: [{ name: "a", init: { scale: { uniform: [2, 1] } } }] })[0],
    "cases.0.init.scale.uniform",
  );
  assertEquals(problemOf({ cases: [{ name: "a" }, { name: "a" }] })[0], "cases.1.name");
});

Deno.test("family.check() finds exclusions that name no setting or no possible value", () => {
  assertEquals(problemOf({ exclude: [{ widht: 5 }] }), [
    "exclude.0.widht",
    'Cannot exclude by "widht": there is no such setting',
  ]);
  assertEquals(problemOf({ exclude: [{ width: 5 }, { activation: ["relu", "tan"] }] }), [
    "exclude.1.activation.1",
    'Cannot exclude by "architecture.activation": "tan" is never drawn, ' +
    "it must be one of relu, tanh, sigmoid, elu, gelu, linear",
  ]);
  assertEquals(
    problemOf({ exclude: [{ width: { min: 6, max: 5 } }] })[1],
    'Cannot exclude by "architecture.width": min 6 is above max 5',
  );
  assertEquals(
    problemOf({ exclude: [{ scheme: { min: 6 } }] })[1],
    'Cannot exclude by "init.scheme": it has no order for min and max',
  );
});

Deno.test("SETTINGS has the full paths of all settings that are no maps", () => {
  const paths = [...SETTINGS.keys()];
  assertEquals(paths.slice(0, 6), [
    "architecture.kind",
    "architecture.depth",
    "architecture.width",
    "architecture.widths",
    "architecture.widths.*",
    "architecture.activation",
  ]);
  assertEquals(new Set(paths).size, paths.length);
  for (
    const path of ["architecture.mlp_ratio", "architecture.pool", "training.optimizer.beta1", "init.std"]
  ) {
    assert(paths.includes(path), path);
  }
});
