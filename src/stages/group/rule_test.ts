import { assertEquals } from "@std/assert";
import { checkRule, labelsOf, normalRule } from "./rule.ts";
import { type GroupConfig, NON_DEFAULT } from "./schema.ts";

const problemsOf = (rule: GroupConfig["rule"]) =>
  checkRule({ population: "trained", by: "test_accuracy", rule, non: NON_DEFAULT });

Deno.test("checkRule() finds nothing wrong with tertiles, nor with one or two bounds without labels", () => {
  assertEquals(problemsOf("tertiles"), []);
  assertEquals(problemsOf({ thresholds: [0.5] }), []);
  assertEquals(problemsOf({ quantiles: [0.25, 0.75] }), []);
  assertEquals(problemsOf({ thresholds: [1, 2, 3], labels: ["a", "b", "c", "d"] }), []);
});

Deno.test("checkRule() points at each bound that is not larger than the one before", () => {
  const problems = problemsOf({ thresholds: [0.9, 0.5, 0.5], labels: ["a", "b", "c", "d"] });
  assertEquals(problems.map(({ code, at }) => [code, at]), [
    ["bounds-not-ascending", ["rule", "thresholds", 1]],
    ["bounds-not-ascending", ["rule", "thresholds", 2]],
  ]);
  assertEquals(
    problems[0]!.message,
    "Cannot split by thresholds: 0.5 follows 0.9, and each must be larger than the one before",
  );
  assertEquals(problems[0]!.help, "write [0.5, 0.9]");
});

Deno.test("checkRule() asks for labels where the number of bounds has no usual ones", () => {
  const [problem] = problemsOf({ quantiles: [0.1, 0.2, 0.3] });
  assertEquals([problem!.code, problem!.at], ["labels-missing", ["rule"]]);
  assertEquals(problem!.help, 'add "labels" with 4 names from worst to best');
});

Deno.test("checkRule() says how many labels the bounds need", () => {
  const [problem] = problemsOf({ thresholds: [0.5], labels: ["a", "b", "c"] });
  assertEquals([problem!.code, problem!.at], ["labels-count", ["rule", "labels"]]);
  assertEquals(
    problem!.message,
    "Cannot name the groups: 1 thresholds make 2 groups, and there are 3 labels",
  );
});

Deno.test("checkRule() points at labels that are repeated or given before any rule", () => {
  const problems = problemsOf({
    quantiles: [0.2, 0.4, 0.6, 0.8],
    labels: ["a", "non", "a", "diverged", "b"],
  });
  assertEquals(problems.map(({ code, at }) => [code, at]), [
    ["label-reserved", ["rule", "labels", 1]],
    ["label-repeated", ["rule", "labels", 2]],
    ["label-reserved", ["rule", "labels", 3]],
  ]);
});

Deno.test("normalRule() writes out the labels that labelsOf() takes", () => {
  assertEquals(normalRule("tertiles"), "tertiles");
  assertEquals(normalRule({ thresholds: [0.5] }), { thresholds: [0.5], labels: ["low", "high"] });
  const own = { quantiles: [0.5], labels: ["worse", "better"] };
  assertEquals(normalRule(own), own);
  assertEquals(labelsOf({ quantiles: [0.2, 0.4] }), ["low", "mid", "high"]);
});
