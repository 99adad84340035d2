import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { EpochRow, Population, TrainedMember } from "../../artifacts/population.ts";
import { sha256 } from "../../core/digest.ts";
import { canonicalJson } from "../../core/json.ts";
import { groupMembers } from "./run.ts";
import { type GroupConfig, NON_DEFAULT } from "./schema.ts";

/** Ten classes of equal size: the entropy is ln 10 = 2.302585. */
const ENTROPY = Math.log(10);
const CONFIG: GroupConfig = {
  population: "trained",
  by: "test_accuracy",
  rule: "tertiles",
  non: NON_DEFAULT,
};

Deno.test("groupMembers() splits the reference's 60 models as the reference does", async () => {
  const path = new URL("../../../tests/golden/groups.json", import.meta.url);
  const { models, tertiles } = JSON.parse(await Deno.readTextFile(path));
  const groups = groupMembers(CONFIG, accuracies(...models.test_accuracy));
  assertEquals(labelsIn(groups), models.group);
  assertEquals(groups.thresholds.length, 2);
  groups.thresholds.forEach((bound, i) => assertAlmostEquals(bound, tertiles.thresholds[i], 1e-12));
  assertEquals(groups.rule.split(";")[0], "test_accuracy: low < 0.6807 <= mid < 0.919 <= high");
});

Deno.test("groupMembers() puts a model at a bound into the better group", () => {
  const rule = { thresholds: [0.5, 0.9] };
  const groups = groupMembers({ ...CONFIG, rule }, accuracies(0.49, 0.5, 0.89, 0.9));
  assertEquals(labelsIn(groups), ["low", "mid", "mid", "high"]);
  assertEquals(groups.members.map(({ why }) => why), [
    "test_accuracy 0.49 < 0.5",
    "test_accuracy 0.5 >= 0.5 and < 0.9",
    "test_accuracy 0.89 >= 0.5 and < 0.9",
    "test_accuracy 0.9 >= 0.9",
  ]);
});

Deno.test("groupMembers() takes a low loss for a good one", () => {
  const population = populationOf([[2, 1.5], [2, 0.3], [2, 0.1], [2, 0.4]].map(losses));
  const groups = groupMembers({ ...CONFIG, by: "train_loss", rule: { thresholds: [0.3, 1] } }, population);
  assertEquals(labelsIn(groups), ["low", "high", "high", "mid"]);
  assertEquals(groups.rule.split(";")[0], "train_loss: low > 1 >= mid > 0.3 >= high");
  assertEquals(groups.thresholds, [0.3, 1]);
  assertEquals(groups.members[3]!.why, "train_loss 0.4 <= 1 and > 0.3");
});

Deno.test("groupMembers() counts quantiles from the worst model, whatever the metric", () => {
  const rule = { quantiles: [0.25], labels: ["worst", "others"] };
  const byAccuracy = groupMembers({ ...CONFIG, rule }, accuracies(0.1, 0.2, 0.3, 0.4, 0.5));
  assertEquals(labelsIn(byAccuracy), ["worst", "others", "others", "others", "others"]);
  const lossesRising = populationOf([0.1, 0.2, 0.3, 0.4, 0.5].map((loss) => losses([1, loss])));
  const byLoss = groupMembers({ ...CONFIG, by: "train_loss", rule }, lossesRising);
  assertEquals(labelsIn(byLoss), ["others", "others", "others", "others", "worst"]);
});

Deno.test("groupMembers() by best_test_accuracy takes the best epoch, by others the last one", () => {
  const rows = [row({ test_accuracy: 0.9 }), row({ epoch: 2, test_accuracy: 0.3 })];
  const rule = { thresholds: [0.5] };
  assertEquals(labelsIn(groupMembers({ ...CONFIG, rule }, populationOf([rows]))), ["low"]);
  assertEquals(labelsIn(groupMembers({ ...CONFIG, by: "best_test_accuracy", rule }, populationOf([rows]))), [
    "high",
  ]);
});

Deno.test("groupMembers() calls non what never left the plateau of a constant guess", () => {
  const cases: [string, (number | null)[], "non" | "low"][] = [
    ["stays on the plateau", [2.3026, 2.3021, 2.3025], "non"],
    ["ends above it, having never fallen", [2.35, 2.38, 2.4], "non"],
    ["is below the entropy by more than eps", [2.3026, 2.3, ENTROPY - 0.011], "low"],
    ["came back to the plateau", [2.31, 1.9, 2.3026], "low"],
    ["came down to the plateau", [2.36, 2.3026, 2.3026], "low"],
    ["fell slowly, but by delta in all", [2.36, 2.34, 2.32, 2.305], "low"],
  ];
  for (const [what, loss, label] of cases) {
    const groups = groupMembers({ ...CONFIG, rule: { thresholds: [0.5] } }, populationOf([losses(loss)]));
    assertEquals(labelsIn(groups), [label], what);
  }
});

Deno.test("groupMembers() says why a model is non, in the rule and for the model", () => {
  const groups = groupMembers(CONFIG, populationOf([losses([2.3026, 2.302]), losses([2.3, 0.1])]));
  assertEquals(
    groups.members[0]!.why,
    "train_loss 2.302 > 2.292585, largest drop 0.0006 < 0.05",
  );
  assert(groups.rule.endsWith("; non: train_loss > 2.293, largest drop < 0.05"));
});

Deno.test("groupMembers() judges each model by the labels that it trained on, and says so where they differ", () => {
  const population = populationOf([losses([2.1, 2.09]), losses([2.1, 2.09])]);
  const [usual, noisy] = population.members as [TrainedMember, TrainedMember];
  const groups = groupMembers(CONFIG, {
    ...population,
    members: [usual, { ...noisy, label_entropy: 2.09 }],
  });
  assertEquals(labelsIn(groups), ["high", "non"]);
  assertEquals(groups.members[1]!.why, "train_loss 2.09 > 2.08, largest drop 0.01 < 0.05");
  assert(
    groups.rule.endsWith(
      "; non: train_loss > the entropy of the labels of each model less 0.01, largest drop < 0.05",
    ),
    groups.rule,
  );
});

Deno.test("groupMembers() judges a model by the epoch of its final weights, not by those after it", () => {
  const rows = [2.3, 0.4, 2.3].map((train_loss, i) =>
    row({ epoch: i + 1, train_loss, test_accuracy: 0.9 - train_loss / 10 })
  );
  const population = populationOf([rows]);
  const restored = (best_epoch: number | null) => ({
    ...population,
    members: [{ ...population.members[0]!, best_epoch }],
  });
  const rule = { thresholds: [0.8] };
  const labels = [1, 2, null].map((best) => labelsIn(groupMembers({ ...CONFIG, rule }, restored(best))));
  assertEquals(labels, [["non"], ["high"], ["low"]]);
  assertEquals(labelsIn(groupMembers({ ...CONFIG, by: "best_test_accuracy", rule }, restored(null))), [
    "high",
  ]);
});

Deno.test("groupMembers() without the non rule has no such label", () => {
  const groups = groupMembers({ ...CONFIG, non: false }, populationOf([losses([2.3026, 2.3026])]));
  assertEquals(groups.labels, ["diverged", "low", "mid", "high"]);
  assertEquals(labelsIn(groups), ["high"]);
  assert(!groups.rule.includes("non"));
});

Deno.test("groupMembers() labels diverged models first and leaves them out of quantiles", () => {
  const broken: TrainedMember = { ...member("x", losses([2.3, null])), status: "diverged" };
  const population = accuracies(0.1, 0.5, 0.9);
  const groups = groupMembers(CONFIG, {
    ...population,
    planned: 5,
    members: [broken, ...population.members],
  });
  assertEquals(labelsIn(groups), ["diverged", "low", "mid", "high"]);
  assertEquals(groups.members[0], { id: "x", label: "diverged", why: "loss not finite in epoch 2" });
  const atTheEnd = { ...broken, epochs: [row({ test_loss: null })] };
  const [last] = groupMembers(CONFIG, { ...population, members: [atTheEnd] }).members;
  assertEquals([last!.label, last!.why], ["diverged", "loss not finite in epoch 1"]);
  assertEquals(groups.labels, ["diverged", "non", "low", "mid", "high"]);
  assertEquals(groups.planned, 5);
});

Deno.test("groupMembers() calls a model diverged whose metric is not finite", () => {
  const population = populationOf([[row({ train_loss: 0.4, test_loss: null })]]);
  const [only] = groupMembers({ ...CONFIG, by: "test_loss" }, population).members;
  assertEquals([only!.label, only!.why], ["diverged", "final test_loss not finite"]);
});

Deno.test("groupMembers() makes the same bytes as ever: a change here needs a new version of the kind", () => {
  const models = [[0.2, 2.3026], [0.4, 1], [0.7, 0.5], [0.9, 0.2]] as const;
  const population = populationOf(
    models.map(([test_accuracy, train_loss]) => [row({ test_accuracy, train_loss })]),
  );
  const groups = groupMembers(CONFIG, population);
  assertEquals(
    sha256(canonicalJson(groups)),
    "6c546d55545b56d6a50483569415e5c15cf440abfc87c83e05a50c6332c4fb92",
  );
});

Deno.test("groupMembers() works with no, one and two models", () => {
  const none = groupMembers({ ...CONFIG, non: false }, accuracies());
  assertEquals([none.members, none.thresholds], [[], []]);
  assertEquals(none.rule, "test_accuracy: low, mid, high by quantiles of no models");
  assertEquals(labelsIn(groupMembers(CONFIG, accuracies(0.5))), ["high"]);
  assertEquals(labelsIn(groupMembers(CONFIG, accuracies(0.2, 0.8))), ["low", "high"]);
});

Deno.test("groupMembers() never gives a better model a worse group", () => {
  const list = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
  const rule = fc.constantFrom<GroupConfig["rule"]>("tertiles", { quantiles: [0.1] }, {
    thresholds: [0.3, 0.6],
  });
  const by = fc.constantFrom("test_accuracy", "test_loss");
  fc.assert(fc.property(list, rule, by, (values, chosen, metric) => {
    const population = populationOf(values.map((value) => [row({ [metric]: value })]));
    const groups = groupMembers({ ...CONFIG, rule: chosen, by: metric }, population);
    const better = metric === "test_accuracy" ? 1 : -1;
    const ranks = labelsIn(groups).map((label) => groups.labels.indexOf(label));
    values.forEach((a, i) =>
      values.forEach((b, j) => {
        if (better * (a - b) > 0) assert(ranks[i]! >= ranks[j]!, `${a} ${b}`);
      })
    );
  }));
});

function labelsIn(groups: { members: readonly { label: string }[] }): string[] {
  return groups.members.map(({ label }) => label);
}

function accuracies(...values: number[]): Population {
  return populationOf(values.map((value) => [row({ test_accuracy: value })]));
}

function losses(values: (number | null)[]): EpochRow[] {
  return values.map((train_loss, i) => row({ epoch: i + 1, train_loss, test_accuracy: 0.1 }));
}

function row(changes: Partial<EpochRow>): EpochRow {
  return { epoch: 1, train_loss: 0.5, train_accuracy: 0.8, test_loss: 0.6, test_accuracy: 0.7, ...changes };
}

function member(id: string, epochs: readonly EpochRow[]): TrainedMember {
  return { id, epochs, status: "done", label_entropy: ENTROPY, best_epoch: null } as unknown as TrainedMember;
}

function populationOf(epochs: readonly (readonly EpochRow[])[]): Population {
  return {
    planned: epochs.length,
    members: epochs.map((rows, i) => member(String(i), rows)),
  } as unknown as Population;
}
