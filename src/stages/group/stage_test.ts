import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
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

Deno.test("groupSchema refuses other rules, metrics and shares outside of 0 to 1", () => {
  for (
    const wrong of [
      { rule: "quartiles" },
      { rule: { thresholds: [] } },
      { rule: { quantiles: [1] } },
      { rule: { quantiles: [0.5], thresholds: [0.5] } },
      { by: "epochs" },
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
