import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../../core/json.ts";
import { readableName, tableReference, withNormalNames } from "./table_names.ts";

const LOOKUP = (owner: string) => ({
  lookup: "id",
  from: { data: { name: `${owner}.labels` }, key: "id" },
  as: "g",
});

Deno.test("withNormalNames() calls tables after the plot's inputs, wherever data are named, so that names of stages leave no trace", () => {
  const spec = (trained: string, quality: string): JsonObject => ({
    data: { name: `${trained}.members` },
    transform: [LOOKUP(quality)],
    hconcat: [
      { mark: "bar" },
      { layer: [{ data: { name: `${trained}.epochs` }, mark: "line", transform: [LOOKUP(quality)] }] },
      { facet: { field: "a" }, data: { name: `${quality}.labels` }, spec: { mark: "bar" } },
    ],
  });
  const normal = withNormalNames(spec("trained", "quality"), { population: "trained", groups: "quality" });
  assertEquals(normal, spec("population", "groups"));
  assertEquals(withNormalNames(spec("other", "q2"), { population: "other", groups: "q2" }), normal);
  assertEquals(withNormalNames(normal, { population: "trained", groups: "quality" }), normal);
});

Deno.test("withNormalNames() leaves rows of the spec's own alone", () => {
  const spec: JsonObject = {
    datasets: { "trained.members": [{ a: 1 }] },
    layer: [
      { data: { name: "trained.members" }, mark: "bar" },
      { data: { name: "trained.epochs", values: [{ a: 1 }] }, mark: "bar" },
    ],
  };
  assertEquals(withNormalNames(spec, { population: "trained" }), spec);
});

Deno.test("tableReference() finds the stage that is named among those of the inputs", () => {
  const config = {
    analysis: ["cnn.weights", "mlps/data=mnist", "mlps/data=cifar-10"],
    population: "trained",
  };
  const stages = (name: string) => tableReference(name, config)?.stages;
  assertEquals(stages("cnn.weights.statistics"), ["cnn.weights"]);
  assertEquals(stages("mlps.statistics"), ["mlps/data=mnist", "mlps/data=cifar-10"]);
  assertEquals(stages("mlps/data=mnist.statistics"), ["mlps/data=mnist"]);
  assertEquals(stages("analysis.statistics"), config.analysis);
  assertEquals(stages("trained.members"), ["trained"]);
  assertEquals(stages("weights.statistics"), undefined);
  assertEquals(stages("statistics"), undefined);
  assertEquals(stages("groups.labels"), undefined);
});

Deno.test("withNormalNames() leaves the names of several stages, which tell an input's entries apart", () => {
  const config = { analysis: ["cnns", "mlps"], population: "trained" };
  const named = (name: string) => (withNormalNames({ data: { name } }, config)["data"] as JsonObject)["name"];
  assertEquals(named("mlps.statistics"), "mlps.statistics");
  assertEquals(named("trained.members"), "population.members");
  assertEquals(readableName("mlps.statistics", config), "mlps.statistics");
  assertEquals(readableName("population.members", config), "trained.members");
});

Deno.test("tableReference() reads a normal name as the name that was written", () => {
  const config = { analysis: ["cnns", "mlps/data=mnist", "mlps/data=cifar-10"] };
  for (
    const name of [
      "cnns.statistics",
      "mlps.statistics",
      "mlps/data=mnist.distribution",
      "analysis.statistics",
    ]
  ) {
    const { data } = withNormalNames({ data: { name } }, config);
    const normal = (data as { name: string }).name;
    assertEquals(tableReference(normal, config), tableReference(name, config));
  }
  assertEquals(readableName("analysis.statistics", { analysis: "weights" }), "weights.statistics");
});
