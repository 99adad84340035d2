import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import fc from "fast-check";
import type { Dataset } from "../../artifacts/dataset.ts";
import type { Family } from "../../artifacts/family.ts";
import type { Digest } from "../../core/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { type FamilyConfig, familySchema } from "./schema.ts";
import { resolveSetting, SETTINGS } from "./setting_names.ts";
import { family } from "./stage.ts";

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
      batch_size: 64,
    },
  });
});

Deno.test("family.plan() fills in the defaults of every optimizer that can be drawn", () => {
  const bySetting = declared(config({ training: { optimizer: { name: { choice: ["adam", "sgd"] } } } }));
  const optimizer = { learning_rate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, momentum: 0 };
  const { training } = bySetting.space as { training: JsonObject };
  assertEquals(training["optimizer"], { name: { choice: ["adam", "sgd"] }, ...optimizer });

  const byMap = declared(
    config({ training: { optimizer: { choice: [{ name: "sgd" }, { learning_rate: 0.1 }] } } }),
  );
  assertEquals((byMap.space["training"] as JsonObject)["optimizer"], {
    choice: [
      { name: "sgd", learning_rate: 0.001, momentum: 0 },
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
      { name: "sgd", learning_rate: 1e-6, momentum: 0.9 },
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
  assertEquals(wrong("siz"), { why: "there is no such setting", help: 'did you mean "size"?' });
  assertEquals(wrong("ate"), { why: "there is no such setting", help: 'did you mean "rate"?' });
});

/** Message and place of the only problem. */
function problemOf(more: Parameters<typeof config>[0]): [string, string] {
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
      { log_uniform: [0, 1] },
      `${at}.log_uniform`,
      `${cannot} from log_uniform [0,1]: both bounds must be positive`,
    ],
    [
      { uniform: [-1, 1] },
      `${at}.uniform`,
      `${cannot} from uniform [-1,1]: -1 cannot be drawn, it must be more than 0`,
    ],
    [{ uniform: [1] }, `${at}.uniform`, `${cannot} from uniform [1]: expected two numbers`],
    [
      { uniform: [1, 2], steps: 1 },
      `${at}.steps`,
      `${cannot}: expected an integer from 2 to 1000000 under "steps", found 1`,
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
    [{ choice: [] }, at, `${cannot}: expected a list of values under "choice", found []`],
    [{ choice: [1, 1] }, `${at}.choice.1`, `${cannot}: 1 is in the choice twice`],
    [{ choice: [1, 0] }, `${at}.choice.1`, `Cannot set "${at}" to 0: it must be more than 0`],
    [{ choice: [1, "2"] }, `${at}.choice.1`, `Cannot set "${at}" to "2": it must be a number`],
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

Deno.test("family.check() draws no broken numbers for a setting that takes integers", () => {
  assertEquals(problemOf({ architecture: { width: { choice: [1, { uniform: [5, 200] }] } } }), [
    "architecture.width.choice.1.uniform",
    'Cannot draw "architecture.width" from uniform [5,200]: it cannot have such values',
  ]);
  assertEquals(
    problemOf({ architecture: { width: { int_uniform: [5, 200.5] } } })[0],
    "architecture.width.int_uniform",
  );
  assertEquals(
    problemOf({ architecture: { width: { int_uniform: [5, 6], steps: 3 } } })[0],
    "architecture.width.steps",
  );
});

Deno.test("family.check() reads the maps in a choice as strictly as the schema reads those outside", () => {
  const optimizer = (value: Json) =>
    problemOf({ training: { optimizer: { choice: [{ name: "sgd" }, value] } } });
  const at = "training.optimizer.choice.1";
  assertEquals(optimizer({ nam: "adam" }), [
    `${at}.nam`,
    'Cannot read "training.optimizer": "nam" is not known here',
  ]);
  assertEquals(
    optimizer({ name: "adm" })[1],
    'Cannot set "training.optimizer.name" to "adm": it must be one of adam, sgd',
  );
  assertEquals(optimizer(3), [at, 'Cannot read "training.optimizer": expected a map, found 3']);
  const noDepth = config({ cases: [{ name: "a", architecture: { choice: [{ kind: "mlp", width: 3 }] } }] });
  assertEquals(family.check!(noDepth)[0]!.message, 'Cannot read "architecture": "depth" is missing');
  assertEquals(
    problemOf({ init: { choice: 5 } })[1],
    'Cannot draw "init": expected a list of values under "choice", found 5',
  );
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
  assertEquals(problemOf({ init: { scheme: { choice: ["he_normal", "uniform"] } } })[0], "init.scheme");
  assertEquals(problemOf({ training: { optimizer: { momentum: 0.9 } } })[0], "training.optimizer.momentum");
  const inChoice: JsonObject = { choice: [{ scheme: "normal", std: 1 }, { scheme: "zeros", limit: 1 }] };
  assertEquals(problemOf({ init: inChoice })[0], "init.choice.1.limit");
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

Deno.test("familySchema accepts a domain for every setting and every map of settings", () => {
  const validate = new Ajv({ allErrors: true, strict: false }).compile(familySchema);
  const choices = (node: JsonObject): JsonObject[] =>
    Object.entries(node).flatMap(([name, value]) => [
      { ...node, [name]: { choice: [value] } },
      ...(isJsonObject(value) ? choices(value).map((inner) => ({ ...node, [name]: inner })) : []),
    ]);
  const full = declared(config({ init: { scheme: "normal", std: 1 } })).space;
  const trees = choices(full);
  assertEquals(trees.length, 17); // 13 scalars, 4 maps
  for (const tree of trees) {
    const value = { dataset: "digits", ...tree, cases: [{ name: "a", ...tree }] };
    assertEquals(validate(value), true, JSON.stringify(validate.errors));
    assertEquals(family.check!(value as unknown as FamilyConfig), []);
  }
});

Deno.test("familySchema refuses unknown keys, wrong types and values outside of the bounds, at their place", () => {
  const validate = new Ajv({ strict: false }).compile(familySchema);
  const cases: [Json, string][] = [
    [{ width: "ten" }, "/architecture/width"],
    [{ width: 0 }, "/architecture/width"],
    [{ width: 1.5 }, "/architecture/width"],
    [{ width: { uniform: [1, 2] } }, "/architecture/width"],
    [{ activation: "rellu" }, "/architecture/activation"],
    [{ activation: { int_uniform: [1, 2] } }, "/architecture/activation"],
    [{ widht: 3 }, "/architecture"],
  ];
  for (const [wrong, place] of cases) {
    assertEquals(validate(config({ architecture: wrong as JsonObject })), false);
    const places = validate.errors!.map(({ instancePath }) => instancePath);
    assertEquals(places.includes(place), true, places.join());
  }
  assertEquals(validate({ dataset: "d", architecture: { kind: "mlp", depth: 1 } }), false);
  assertEquals(validate(config({ exclude: [{ width: [] }] })), false);
  assertEquals(validate(config({ cases: [{ name: "a", architecture: { depth: 3 } }] })), true);
});

Deno.test("familySchema describes every property and gives examples", () => {
  const bare: string[] = [];
  const walk = (node: Json, path: string) => {
    if (Array.isArray(node)) return node.forEach((item, i) => walk(item, `${path}/${i}`));
    if (!isJsonObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "examples" || key === "default" || key === "neutral") continue;
      walk(value, `${path}/${key}`);
      if (key !== "properties") continue;
      for (const [name, property] of Object.entries(value as JsonObject)) {
        const { description, examples } = property as JsonObject;
        if (typeof description !== "string" || !Array.isArray(examples)) bare.push(`${path}/${name}`);
      }
    }
  };
  walk(familySchema, "");
  assertEquals(bare, []);
});

Deno.test("family.check() never fails on whatever stands in a domain", () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
  );
  const key = fc.constantFrom(
    "choice",
    "weights",
    "uniform",
    "log_uniform",
    "int_uniform",
    "steps",
    "scheme",
    "std",
    "x",
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("tree")), fc.dictionary(key, tie("tree"))),
  }));
  fc.assert(fc.property(tree, (init) => {
    family.check!(family.normalize!(config({ init: { choice: init as Json } })));
    family.check!(family.normalize!(config({ init: { scale: { choice: [init as Json] } } })));
  }));
});

Deno.test("SETTINGS has the full paths of all scalar settings", () => {
  assertEquals([...SETTINGS.keys()].slice(0, 5), [
    "architecture.kind",
    "architecture.depth",
    "architecture.width",
    "architecture.activation",
    "init.scheme",
  ]);
  assertEquals(SETTINGS.size, 15);
});

function declared(settings: FamilyConfig): Family {
  const result = family.plan(settings, { dataset });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

const split = { count: 2, digest: "0".repeat(64) as Digest, classCounts: [1, 1] };
const dataset: Dataset = {
  source: "test",
  shape: [1, 1, 1],
  classes: ["a", "b"],
  splits: { train: split, test: split },
};
