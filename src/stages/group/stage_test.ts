import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import type { Dataset } from "../../artifacts/dataset.ts";
import { groupsArtifact } from "../../artifacts/groups.ts";
import { memberColumns, METRICS, type Population } from "../../artifacts/population.ts";
import { sha256 } from "../../core/digest.ts";
import { type Column, OTHER_COLUMNS } from "../../core/table.ts";
import { checkRule } from "./rule.ts";
import { type GroupConfig, groupSchema, NON_DEFAULT } from "./schema.ts";
import { group } from "./stage.ts";

const validate = new Ajv({ strict: false }).compile(groupSchema);

Deno.test("groupSchema takes its own examples and defaults, and checkRule() finds nothing wrong with them", () => {
  for (const [name, { examples, ...property }] of Object.entries(groupSchema.properties)) {
    const values: unknown[] = "default" in property ? [property.default, ...examples] : [...examples];
    for (const value of values) {
      const config = { population: "trained", rule: "tertiles", [name]: value };
      assertEquals([validate(config), validate.errors], [true, null]);
      assertEquals(checkRule(config as GroupConfig), []);
    }
  }
});

Deno.test("groupSchema refuses other rules and shares outside of 0 to 1", () => {
  for (
    const wrong of [
      { rule: "quartiles" },
      { rule: { thresholds: [] } },
      { rule: { quantiles: [1] } },
      { rule: { quantiles: [0.5], thresholds: [0.5] } },
      { by: 1 },
      { non: true },
      { non: { epsilon: 1 } },
    ]
  ) assertEquals(validate({ population: "trained", ...wrong }), false, JSON.stringify(wrong));
});

Deno.test("group.normalize() makes settings that mean the same equal", () => {
  const settings = { population: "trained", by: "test_accuracy" } as const;
  const short = { ...settings, rule: { thresholds: [0.5] }, non: {} } as unknown as GroupConfig;
  const long: GroupConfig = {
    ...settings,
    rule: { thresholds: [0.5], labels: ["low", "high"] },
    non: NON_DEFAULT,
  };
  assertEquals(group.normalize!(short), group.normalize!(long));
  assertEquals(group.normalize!({ ...long, non: false }).non, false);
});

Deno.test("group.checkInputs() takes every metric that training records, and its own examples", () => {
  for (const by of [...METRICS.map(({ column }) => column.name), ...groupSchema.properties.by.examples]) {
    assertEquals(checkBy(by, { validation: SPLIT }), []);
  }
});

Deno.test("group.checkInputs() says how to get the metric of a split that the data set lacks", () => {
  assertEquals(checkBy("validation_loss"), [{
    code: "unknown-metric",
    message:
      'Cannot group the models of stage "trained" by "validation_loss": the data set has no validation split',
    at: ["by"],
    help:
      'add "validation: 0.1" to the stage of kind dataset, which takes a tenth of its training images out',
  }]);
  const unknown = [...memberColumns([], {}), OTHER_COLUMNS];
  assertEquals(checkBy("validation_loss", {}, unknown), []);
});

Deno.test("group.checkInputs() points at a metric that training does not record, and suggests one", () => {
  assertEquals(checkBy("test_acuracy"), [{
    code: "unknown-metric",
    message: 'Cannot group the models of stage "trained" by "test_acuracy": training records no such metric',
    at: ["by"],
    help: 'did you mean "test_accuracy"? Metrics: ' +
      "train_loss, train_accuracy, test_loss, test_accuracy, best_test_accuracy",
  }]);
});

Deno.test("group.checkInputs() refuses a column that has no better values", () => {
  const [problem] = checkBy("parameters");
  assertEquals(
    problem!.message,
    'Cannot group the models of stage "trained" by "parameters": this column is no metric: none of its values ' +
      "is better than another",
  );
});

Deno.test("group.tables() declares the columns of the table that comes out, with all labels of the rule", async () => {
  const population = {
    members: [],
    planned: 0,
  } as unknown as Population;
  const rules: Partial<GroupConfig>[] = [
    { rule: "tertiles" },
    { rule: { thresholds: [0.5] }, non: false },
    { rule: { quantiles: [0.1], labels: ["worst", "others"] } },
  ];
  const run = await group.load();
  for (const rule of rules) {
    const config: GroupConfig = {
      population: "trained",
      by: "test_loss",
      rule: "tertiles",
      non: NON_DEFAULT,
      ...rule,
    };
    const groups = await run(config, { population }, undefined as never);
    const labels = await groupsArtifact.tables!(groups, undefined as never).labels!();
    assertEquals(group.tables!(config, {}), { labels: labels.columns });
  }
});

const SPLIT = { count: 1, digest: sha256("split") };

function checkBy(by: string, splits: Pick<Dataset["splits"], "validation"> = {}, columns?: Column[]) {
  const config: GroupConfig = { population: "trained", by, rule: "tertiles", non: NON_DEFAULT };
  const tables = () => ({ members: columns ?? memberColumns([], splits) });
  return group.checkInputs!(config, { population: [{ labels: {}, instance: "trained", reads: {}, tables }] });
}
