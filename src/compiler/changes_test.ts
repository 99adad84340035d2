import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalJson, type JsonObject } from "../core/json.ts";
import { settingChanges } from "./changes.ts";
import type { CompileOptions } from "./compile.ts";
import type { PlanNode } from "./plan.ts";
import { planOf } from "./testing/fake_plan.ts";

const PIPELINE = `
weft: 1
name: widths
params: { epochs: 3, form: { kind: mlp, width: 8 } }
matrix: { speed: [{ name: slow, rate: 0.001 }, { name: fast, rate: 0.1 }] }
stages:
  images: { kind: data, source: mnist }
  nets: { kind: space, data: images, architecture: "\${{ params.form }}" }
  trained:
    kind: training
    space: nets
    epochs: \${{ params.epochs }}
    rate: \${{ matrix.speed.rate }}
  all: { kind: summary, models: trained, gather: [speed], title: All }
`;

Deno.test("settingChanges() gives the full path, both values and the place of a changed setting", () => {
  const all = node(PIPELINE, "all");
  assertEquals(told(all, { title: "Some" }), ["title: Some → All at a.yaml:14:66"]);
  assertEquals(told(all, { title: "All" }), []);
});

Deno.test("settingChanges() shows the use of a value that an expression brought in, and where it stands", () => {
  assertEquals(told(node(PIPELINE, "trained/speed=fast"), { epochs: 5, rate: 0.01 }), [
    "epochs: 5 → 3 at a.yaml:12:13, from a.yaml:4:19",
    "rate: 0.01 → 0.1 at a.yaml:13:11, from a.yaml:5:68",
  ]);
  const architecture = { kind: "mlp", width: 10 };
  assertEquals(told(node(PIPELINE, "nets"), { architecture }), [
    "architecture.width: 10 → 8 at a.yaml:8:52, from a.yaml:4:48",
  ]);
  const source = { path: "--set epochs", text: "7" };
  const given = node(PIPELINE, "trained/speed=slow", {
    overrides: [{ type: "value", path: ["epochs"], source }],
  });
  assertEquals(told(given, { epochs: 3 }), ["epochs: 3 → 7 at a.yaml:12:13, from --set epochs:1:1"]);
});

Deno.test("settingChanges() names the value that a setting has where it is left out, and the stage where it stood", () => {
  assertEquals(told(node(PIPELINE, "trained/speed=slow"), { epochs: 3, rate: 0.5 }), [
    "rate: 0.5 → 0.001 at a.yaml:13:11, from a.yaml:5:39",
  ]);
  const unset = PIPELINE.replace("name: fast, rate: 0.1", "name: fast");
  assertEquals(told(node(unset, "trained/speed=fast"), { epochs: 3, rate: 0.5 }), [
    "rate: 0.5 → 0.001 at a.yaml:13:11, from a.yaml:5:48",
  ]);
  const without = PIPELINE.replace("    rate: ${{ matrix.speed.rate }}\n", "").replace(
    ", gather: [speed]",
    "",
  );
  assertEquals(told(node(without, "trained"), { epochs: 3, rate: 0.5 }), [
    "rate: 0.5 → 0.001 at a.yaml:9:3",
  ]);
  assertEquals(told(node(without, "trained"), {}), [
    "epochs: undefined → 3 at a.yaml:12:13, from a.yaml:4:19",
  ]);
});

Deno.test("settingChanges() takes maps without a common key for two values, and goes into lists of maps", () => {
  const nets = node(PIPELINE, "nets");
  const settings = (architecture: JsonObject, more: JsonObject = {}): PlanNode => ({
    ...nets,
    identityConfig: { architecture, ...more },
  });
  const paths = (now: PlanNode, before: JsonObject) =>
    settingChanges(now, before).map(({ setting, before, after }) => [setting, before, after]);
  const [choice, range] = [{ choice: [1, 2] }, { int_uniform: [1, 9] }];
  assertEquals(paths(settings({ width: range }), { architecture: { width: choice } }), [
    ["architecture.width", choice, range],
  ]);
  assertEquals(paths(settings({ width: { choice: [1] } }), { architecture: { width: choice } }), [
    ["architecture.width.choice", [1, 2], [1]],
  ]);
  const [one, two, three] = ["one", "two", "three"].map((name) => ({ name, weight: 1 }));
  const cases = (...cases: JsonObject[]) => settings({}, { cases });
  const before = { architecture: {}, cases: [one!, three!] };
  assertEquals(paths(cases(one!, two!, three!), before), [["cases[1]", undefined, two]]);
  assertEquals(paths(cases(three!), before), [["cases[0]", one, undefined]]);
  assertEquals(paths(cases(one!, { ...three!, weight: 9 }), before), [["cases[1].weight", 1, 9]]);
});

Deno.test("settingChanges() is empty for equal settings alone, and every change names two values that differ", () => {
  const nets = node(PIPELINE, "nets");
  const json = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 });
  fc.assert(fc.property(json, json, (before, after) => {
    const [old, now] = [before, after].map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);
    const node = { ...nets, identityConfig: now! };
    assertEquals(settingChanges(node, now!), []);
    const changes = settingChanges(node, old!);
    assertEquals(changes.length === 0, canonicalJson(old) === canonicalJson(now));
    for (const { before, after } of changes) {
      assertEquals(canonicalJson(before) === canonicalJson(after), false);
    }
  }));
});

function told(node: PlanNode, before: JsonObject): string[] {
  return settingChanges(node, before).map(({ setting, before, after, at, from }) => {
    const place = (span: typeof at) => `${span.path}:${span.line}:${span.column}`;
    return `${setting}: ${before} → ${after} at ${place(at)}${from ? `, from ${place(from)}` : ""}`;
  });
}

function node(text: string, instance: string, options?: CompileOptions): PlanNode {
  return planOf(text, options).nodes.find((node) => node.instance === instance)!;
}
