import { assertEquals, assertThrows } from "@std/assert";
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
