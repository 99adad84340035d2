import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { Family } from "../../artifacts/family.ts";
import type { Member } from "../../artifacts/sample.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { sampling } from "./stage.ts";
import {
  caseOf,
  configOf,
  datasetWith,
  depthOf,
  members,
  mlpOf,
  type Options,
  problemsOf,
  reversedChoices,
  small,
  wide,
  withSetting,
  withSteps,
} from "./testing/families.ts";

Deno.test("sampling.plan() keeps every member when count grows", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 3 }), (seed, replicates) => {
      const few = members(wide, { method: "random", count: 24, seed, replicates });
      const more = members(wide, { method: "random", count: 30, seed, replicates });
      assertEquals(more.slice(0, few.length), few);
      assertEquals(more.length, 30 * replicates);
    }),
    { numRuns: 20 },
  );
});

Deno.test("sampling.plan() keeps every member when replicates grow", () => {
  for (const method of [{ method: "random", count: 5 }, { method: "grid" }] as const) {
    const one = members(small, { ...method, replicates: 1 });
    const three = members(small, { ...method, replicates: 3 });
    assertEquals(three.filter(({ replicate }) => replicate === 1), one);
    assertEquals(three.slice(0, 3).map(({ id }) => id), [one[0]!.id, `${one[0]!.id}.2`, `${one[0]!.id}.3`]);
    assertEquals(new Set(three.map(({ seed }) => seed)).size, three.length);
    assertEquals(three[2]!.settings, three[0]!.settings);
  }
});

Deno.test("sampling.plan() ignores the order of a choice's values and of a family's cases", () => {
  const cases = [caseOf("a", 3, {}), caseOf("b", 1, { depth: { choice: [7, 8, 9] } })];
  const forward = { ...wide, cases };
  const backward: Family = {
    ...wide,
    cases: cases.toReversed().map((own) => ({ ...own, space: reversedChoices(own.space) as JsonObject })),
  };
  for (const config of [{ method: "random", count: 50, seed: 3 }, { method: "grid" }] as const) {
    const stepped = (family: Family) => config.method === "grid" ? withSteps(family) : family;
    assertEquals(members(stepped(backward), config), members(stepped(forward), config));
  }
});

Deno.test("sampling.plan() leaves the draws of all other settings alone when a domain changes", () => {
  const random = { method: "random", count: 40 } as const;
  const other = withSetting(wide, "depth", { int_uniform: [1, 50] });
  const [before, after] = [members(wide, random), members(other, random)];
  assertEquals(
    after.map(({ settings }) => settings.training),
    before.map(({ settings }) => settings.training),
  );
  assertEquals(
    after.map(({ settings }) => mlpOf(settings).width),
    before.map(({ settings }) => mlpOf(settings).width),
  );
  assertNotEquals(after.map(depthOf), before.map(depthOf));
});

Deno.test("sampling.plan() moves only the share of a value that is added to a choice", () => {
  const random = { method: "random", count: 2000 } as const;
  const before = members(withSetting(wide, "depth", { choice: [1, 2, 3] }), random).map(depthOf);
  const after = members(withSetting(wide, "depth", { choice: [4, 1, 2, 3] }), random).map(depthOf);
  const moved = after.filter((depth, i) => depth !== before[i]);
  assert(moved.every((depth) => depth === 4));
  assertAlmostEquals(moved.length / after.length, 1 / 4, 0.03);
});

Deno.test("sampling.plan() gives other draws and seeds for another seed", () => {
  const [a, b] = [0, 1].map((seed) => members(wide, { method: "random", count: 20, seed }));
  assertNotEquals(a!.map(({ settings }) => settings), b!.map(({ settings }) => settings));
  assertEquals(new Set([...a!, ...b!].map(({ seed }) => seed)).size, 40);
});

Deno.test("sampling.plan() keys seeds by the training split, and pairs members across settings", () => {
  const random = { method: "random", count: 10 } as const;
  const seeds = members(wide, random).map(({ seed }) => seed);
  assertEquals(members(withSetting(wide, "depth", 9), random).map(({ seed }) => seed), seeds);
  const elsewhere = { ...wide, dataset: datasetWith("1".repeat(64)) };
  assert(members(elsewhere, random).every(({ seed }, i) => seed !== seeds[i]));
});

Deno.test("sampling.plan() draws what each domain says, with 6 significant digits", () => {
  const drawn = members(wide, { method: "random", count: 300 });
  for (const { settings } of drawn) {
    const { training } = settings;
    const architecture = mlpOf(settings);
    assert([1, 2, 3].includes(architecture.depth));
    assert(Number.isInteger(architecture.width) && architecture.width >= 5 && architecture.width <= 200);
    const rate = training.optimizer.learning_rate;
    assert(rate >= 1e-4 && rate <= 1e-2 && Number(rate.toPrecision(6)) === rate);
  }
  const share = drawn.filter(({ settings }) => settings.training.batch_size === 32).length / drawn.length;
  assertAlmostEquals(share, 0.9, 0.06);
});

Deno.test("sampling.plan() draws within the value of a choice, and leaves out what does not belong to it", () => {
  const optimizer: Json = {
    choice: [
      { name: "adam", learning_rate: { log_uniform: [1e-4, 1e-3] }, beta1: 0.9 },
      { name: "sgd", learning_rate: { choice: [0.5, { uniform: [1, 2] }] }, momentum: 0 },
    ],
  };
  const space = { ...wide.space, training: { optimizer, batch_size: 64 } };
  const drawn = members({ ...wide, space }, { method: "random", count: 100 });
  for (const { settings: { training: { optimizer: { name, learning_rate, ...rest } } } } of drawn) {
    if (name === "adam") assert(learning_rate < 2e-3 && "beta1" in rest && !("momentum" in rest));
    else assert((learning_rate === 0.5 || learning_rate >= 1) && "momentum" in rest && !("beta1" in rest));
  }
  const names = new Set(drawn.map(({ settings }) => settings.training.optimizer.name));
  assertEquals(names.size, 2);
});

Deno.test("sampling.plan() drops the settings that the drawn scheme has no use for", () => {
  const init = { scheme: { choice: ["he_normal", "normal"] }, std: { uniform: [0.1, 0.2] }, scale: 1 };
  const drawn = members({ ...wide, space: { ...wide.space, init } }, { method: "random", count: 40 });
  for (const { settings } of drawn) {
    assertEquals(settings.init.std === undefined, settings.init.scheme === "he_normal");
  }
});

Deno.test("sampling.plan() gives a setting the default that it has beside what was drawn", () => {
  const training = {
    optimizer: { name: { choice: ["adam", "adamw", "sgd", "rmsprop"] }, learning_rate: 0.1, momentum: 0.9 },
    schedule: { name: { choice: ["constant", "step", "cosine"] }, warmup: 0, every: 3 },
    batch_size: 64,
  };
  const drawn = members({ ...wide, space: { ...wide.space, training } }, { method: "random", count: 200 });
  const byName = (of: (settings: Member["settings"]["training"]) => { name: string } | undefined) =>
    Object.fromEntries(drawn.map(({ settings }) => {
      const { name, ...others } = of(settings.training)!;
      return [name, others];
    }));
  const adam = { learning_rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
  assertEquals(byName(({ optimizer }) => optimizer), {
    adam: { ...adam, weight_decay: 0 },
    adamw: { ...adam, weight_decay: 0.01 },
    sgd: { learning_rate: 0.1, weight_decay: 0, momentum: 0.9, nesterov: false },
    rmsprop: { learning_rate: 0.1, weight_decay: 0, momentum: 0.9, alpha: 0.99, epsilon: 1e-7 },
  });
  assertEquals(byName(({ schedule }) => schedule), {
    constant: { warmup: 0 },
    step: { warmup: 0, every: 3, gamma: 0.1 },
    cosine: { warmup: 0, final: 0 },
  });
});

Deno.test("sampling.plan() keeps the weight decay that is given, whatever is drawn beside it", () => {
  const optimizer = { name: { choice: ["adam", "adamw"] }, learning_rate: 0.1, weight_decay: 0.5 };
  const space = { ...wide.space, training: { optimizer, batch_size: 64 } };
  const drawn = members({ ...wide, space }, { method: "random", count: 50 });
  assertEquals(
    new Set(drawn.map(({ settings }) => settings.training.optimizer.weight_decay)),
    new Set([0.5]),
  );
});

Deno.test("sampling.plan() refuses draws whose batch takes more examples than there are, or skips them", () => {
  const training = {
    optimizer: { name: "adam", learning_rate: 0.1 },
    batch_size: { choice: [64, 600] },
    fraction: { choice: [1, 0.01] },
  };
  const family = { ...small, space: { ...small.space, training } };
  const { splits } = family.dataset;
  const withCount = (count: number): Family => ({
    ...family,
    dataset: { ...family.dataset, splits: { ...splits, train: { ...splits.train, count } } },
  });
  assertEquals(members(withCount(60_000), { method: "grid" }).length, 16);
  const [problem, ...more] = problemsOf(withCount(59_000), { method: "grid" });
  assertEquals([problem!.message, problem!.help!.split("\n").slice(1), more], [
    "Cannot build 4 of the 16 points of the grid: a batch of 600 takes more than the 590 training examples " +
    '("training.batch_size" and "training.fraction")',
    ["- { batch_size: 600, fraction: 0.01 }"],
    [],
  ]);
  assertEquals(members({ ...withCount(59_000), impossible: "skip" }, { method: "grid" }).length, 12);
  assertEquals(problemsOf(withCount(500), { method: "grid" }).length, 2); // 600 > 500, and 64 > 5
});

Deno.test("sampling.plan() gives each case its share and its settings", () => {
  const cases = [caseOf("usual", 9, {}), caseOf("deep", 1, { depth: 50 })];
  const drawn = members({ ...wide, cases }, { method: "random", count: 1000 });
  assert(drawn.every((member) => (depthOf(member) === 50) === (member.case === "deep")));
  assertAlmostEquals(drawn.filter((member) => member.case === "deep").length / 1000, 0.1, 0.03);
  assert(members(wide, { method: "random", count: 5 }).every((member) => member.case === null));
});

Deno.test("sampling.plan() draws nothing that is excluded, and keeps the draws that are not", () => {
  const exclude: Family["exclude"] = [{
    "architecture.depth": { min: 3 },
    "architecture.width": { max: 100 },
  }, {
    "training.batch_size": [128],
  }];
  const random = { method: "random", count: 200 } as const;
  const isExcluded = ({ settings }: Member) =>
    (mlpOf(settings).depth >= 3 && mlpOf(settings).width <= 100) || settings.training.batch_size === 128;
  const [free, bound] = [members(wide, random), members({ ...wide, exclude }, random)];
  assert(free.some(isExcluded));
  assert(!bound.some(isExcluded));
  for (const [i, member] of free.entries()) if (!isExcluded(member)) assertEquals(bound[i], member);
});

Deno.test("sampling.plan() says that exclusions leave nothing, and in which case", () => {
  const exclude = [{ "architecture.depth": 50 }];
  const cases = [caseOf("deep", 1, { depth: 50 })];
  const [problem] = problemsOf({ ...wide, cases, exclude }, { method: "random", count: 3 });
  assertEquals(problem!.message, 'Cannot draw member 1 from case "deep": 1000 draws in a row are excluded');
  const [inGrid] = problemsOf(withSteps({ ...wide, cases, exclude }), { method: "grid" });
  assertEquals(inGrid!.message, "Cannot make a grid: all of its 12 points are excluded");
});

Deno.test("sampling.plan() makes a grid of all combinations, less what is excluded", () => {
  const exclude = [{ "architecture.depth": 3, "training.batch_size": 128 }];
  const grid = members(withSteps({ ...wide, exclude }), { method: "grid" });
  const points = grid.map(({ settings }) => [
    mlpOf(settings).depth,
    mlpOf(settings).width,
    settings.training.batch_size,
    settings.training.optimizer.learning_rate,
  ]);
  const rates = [1e-4, 1e-3, 1e-2];
  const expected = [1, 2, 3].flatMap((depth) =>
    [5, 200].flatMap((width) =>
      [32, 128].flatMap((batch) => rates.map((rate) => [depth, width, batch, rate]))
    )
  ).filter(([depth, , batch]) => !(depth === 3 && batch === 128));
  assertEquals(points, expected);
  assert(
    grid.every(({ id, index }) =>
      /^[0-9a-f]{8}$/.test(id) && index.toString(16).padStart(12, "0").startsWith(id)
    ),
  );
});

Deno.test("sampling.plan() keeps the members of a grid when a value is added to it", () => {
  const before = members(small, { method: "grid" });
  const after = members(withSetting(small, "depth", { choice: [9, 2, 1, 5] }), { method: "grid" });
  assertEquals(before.length, 4);
  assertEquals(after.length, 8);
  for (const member of before) assertEquals(after.find(({ id }) => id === member.id), member);
});

Deno.test("sampling.plan() gives a point of a grid once, whatever the settings that are left out there", () => {
  const optimizer = {
    name: { choice: ["adam", "sgd"] },
    learning_rate: 0.1,
    momentum: { choice: [0, 0.5, 0.9] },
  };
  const space = {
    ...small.space,
    architecture: { kind: "mlp", depth: 1, width: 5 },
    training: { optimizer, batch_size: 64 },
  };
  const grid = members({ ...small, space }, { method: "grid" });
  assertEquals(grid.map(({ settings }) => settings.training.optimizer.momentum), [undefined, 0, 0.5, 0.9]);
});

Deno.test("sampling.plan() makes a grid for each case, with all integers of a range", () => {
  const cases = [
    caseOf("b", 9, { depth: { int_uniform: [4, 6] }, width: 5 }),
    caseOf("a", 1, { depth: 1, width: 5 }),
  ];
  const training = { batch_size: 64, optimizer: { name: "adam", learning_rate: 0.1 } };
  const grid = members(
    { ...small, cases: cases.map((own) => ({ ...own, space: { ...own.space, training } })) },
    { method: "grid" },
  );
  assertEquals(grid.map((member) => `${member.case}${depthOf(member)}`), ["a1", "b4", "b5", "b6"]);
});

Deno.test("sampling.plan() asks for the steps of continuous domains in a grid", () => {
  const [problem, ...others] = problemsOf(wide, { method: "grid" });
  assertEquals(others, []);
  assertEquals(
    problem!.message,
    'Cannot make a grid over "training.optimizer.learning_rate": its domain is continuous and has no steps',
  );
});

Deno.test("sampling.plan() counts a grid before it makes it", () => {
  const huge = withSetting(withSetting(small, "depth", { int_uniform: [1, 1000] }), "width", {
    int_uniform: [1, 100_000],
  });
  const [problem] = problemsOf(huge, { method: "grid" });
  assertEquals(problem!.message, "Cannot sample 100000000 members: at most 1000000 are possible");
});

Deno.test("sampling.check() wants count for random, and only there, and limits the members", () => {
  const codes = (options: Options) =>
    sampling.check!(configOf(options)).map(({ at, message }) => [at.join("."), message]);
  assertEquals(codes({ method: "random" }), [["method", 'Cannot draw at random: "count" is missing']]);
  assertEquals(codes({ method: "grid", count: 3 }), [
    ["count", 'Cannot use a count of 3 with method "grid": a grid has all combinations'],
  ]);
  assertEquals(codes({ method: "random", count: 1001, replicates: 1000 }), [
    ["count", "Cannot sample 1001000 members: at most 1000000 are possible"],
  ]);
  assertEquals(codes({ method: "random", count: 1000, replicates: 1000 }), []);
});

Deno.test("sampling.plan() gives one member for a seed and an index, for ever", () => {
  const [first] = members(wide, { method: "random", count: 1, seed: 7 });
  assertEquals(first, {
    id: "1",
    index: 1,
    replicate: 1,
    case: null,
    seed: "9a28d7a6bc854c71",
    settings: {
      architecture: { kind: "mlp", depth: 1, width: 36, activation: "relu" },
      init: { scheme: "he_normal", scale: 1 },
      training: {
        optimizer: {
          name: "adam",
          learning_rate: 0.000189799,
          weight_decay: 0,
          beta1: 0.9,
          beta2: 0.999,
          epsilon: 1e-7,
        },
        batch_size: 32,
      },
    },
  });
  assertEquals(members(small, { method: "grid" }).map(({ id }) => id), [
    "b9d97bd9",
    "823c381e",
    "39c88d32",
    "a0fc04b7",
  ]);
});
