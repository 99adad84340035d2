import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import type { Groups } from "../../artifacts/groups.ts";
import type { Population } from "../../artifacts/population.ts";
import { UserError } from "../../core/diagnostic.ts";
import { convergence } from "./convergence.ts";
import { figureSpec } from "./figure_spec.ts";
import { fakeGroups, fakePopulation } from "./testing/fakes.ts";

// deno-lint-ignore no-explicit-any -- specs are read at depth here
const specOf = (population: Population, groups?: Groups): any =>
  figureSpec(convergence([{ labels: {}, population, ...groups && { groups } }]));

Deno.test("convergence() names the groups that have members in the legend, worst first, with their numbers", () => {
  const population = fakePopulation();
  const { color } = specOf(population, fakeGroups(population)).hconcat[0].encoding;
  assertEquals(color.scale.domain, ["non", "low", "mid", "high"]);
  assertEquals(
    color.legend.labelExpr,
    '{"non":"non (n = 2)","low":"low (n = 8)","mid":"mid (n = 7)","high":"high (n = 7)"}[datum.label]',
  );
});

Deno.test("convergence() says the rule with its numbers, and how many of the planned models are there", () => {
  const population = fakePopulation({ count: 20, planned: 24 });
  const { title } = specOf(population, fakeGroups(population));
  assertEquals(title.text, ["Convergence of 20 models on mnist-10k"]);
  assertEquals(title.subtitle, [
    "Groups by test_accuracy: low < 0.9126 ≤ mid < 0.9471 ≤ high; non: train_loss > 2.291, largest drop < 0.05",
    "20 of 24 models trained. Thin lines: models. Bold lines: mean of a group",
  ]);
});

Deno.test("convergence() of models that stopped early reaches to the last epoch of any, and says what means are of", () => {
  const population = fakePopulation({ count: 3, epochs: 8 });
  const members = population.members.map((member, i) => ({
    ...member,
    status: "stopped_early" as const,
    epochs: member.epochs.slice(0, 3 + i),
  }));
  const { title, hconcat: [losses] } = specOf({ ...population, planned: 3, members });
  assertEquals(losses.encoding.x.scale.domain, [1, 5]);
  assertStringIncludes(
    title.subtitle.join(" "),
    "Bold lines: mean of all models. 3 models stopped early: means are of those still trained",
  );
});

Deno.test("convergence() holds a row a model and epoch with the fields that are drawn, to 6 digits", () => {
  const population = fakePopulation({ count: 3, epochs: 2 });
  const [first] = population.members;
  const rows = specOf(population).data.values;
  assertEquals(rows.length, 6);
  assertEquals(rows[0], {
    member: "0",
    epoch: 1,
    train_loss: Number(first!.epochs[0]!.train_loss!.toPrecision(6)),
    test_accuracy: Number(first!.epochs[0]!.test_accuracy.toPrecision(6)),
  });
});

Deno.test("convergence() takes a logarithmic loss axis only where losses span more than a power of ten", () => {
  const lossScale = (population: ReturnType<typeof fakePopulation>) =>
    specOf(population).hconcat[0].layer[0].encoding.y.scale.type;
  assertEquals(lossScale(fakePopulation()), "log");
  assertEquals(lossScale(fakePopulation({ count: 4 })), undefined);
  const withLoss = (loss: number | null) => {
    const population = fakePopulation();
    const epochs = [{ ...population.members[0]!.epochs[0]!, train_loss: loss }];
    return {
      ...population,
      members: [...population.members, { ...population.members[0]!, id: "x", epochs }],
    };
  };
  assertEquals(lossScale(withLoss(null)), "log");
  assertEquals(lossScale(withLoss(0)), undefined);
});

Deno.test("convergence() refuses groups of another population", () => {
  const population = fakePopulation();
  const groups = fakeGroups(fakePopulation({ count: 23 }));
  const error = assertThrows(() => specOf(population, groups), UserError);
  assertEquals(
    error.message,
    'Cannot find the group of model "23": the stage that `groups` names has not labelled it',
  );
});

Deno.test("convergence() of more than 1,000 models draws lines of some of each group, and the means of all", () => {
  const population = fakePopulation({ count: 1500, epochs: 2 });
  const groups = fakeGroups(population);
  const { data: { values }, hconcat: [losses], title } = specOf(population, groups);
  // deno-lint-ignore no-explicit-any -- rows of a spec
  const lines = Map.groupBy(values as any[], ({ group }) => group);
  const labels = new Map(groups.members.map(({ id, label }) => [id, label]));
  for (const [label, rows] of lines) {
    const members = population.members.filter(({ id }) => labels.get(id) === label);
    const drawn = new Set(rows.map(({ member }) => member).filter((member) => member !== null));
    assertEquals(drawn.size, Math.min(members.length, Math.floor(1000 / lines.size)), label);
    const [mean] = rows.filter(({ member, epoch }) => member === null && epoch === 2);
    const accuracies = members.map(({ epochs }) => epochs[1]!.test_accuracy);
    assertAlmostEquals(mean.test_accuracy, accuracies.reduce((a, b) => a + b) / accuracies.length, 1e-6);
  }
  assertEquals(
    losses.layer.map(({ transform: [{ filter }] }: { transform: [{ filter: string }] }) => filter),
    [
      "datum.member !== null",
      "datum.member === null",
    ],
  );
  const count = new Set(values.map(({ member }: { member: string | null }) => member)).size - 1;
  assertStringIncludes(title.subtitle.join(" "), `Thin lines: ${count} of the 1500 models.`);
});
