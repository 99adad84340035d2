import { assertEquals } from "@std/assert";
import { planOf } from "../compiler/testing/fake_plan.ts";
import { only } from "./only.ts";

const plan = planOf(`
weft: 1
name: widths
matrix: { source: [mnist, cifar-10], rate: [0.1, 1], exclude: [{ source: cifar-10, rate: 1 }] }
stages:
  images: { kind: data, source: "\${{ matrix.source }}" }
  nets: { kind: space, data: images, architecture: { kind: mlp, width: 8 } }
  trained: { kind: training, space: nets, rate: "\${{ matrix.rate }}" }
  each: { kind: summary, models: trained }
  all: { kind: summary, models: trained, gather: [source, rate] }
`);

Deno.test("only() keeps what a name stands for with all that it needs, in the order of the plan", () => {
  assertEquals(chosen("images"), ["images/source=mnist", "images/source=cifar-10"]);
  assertEquals(chosen("nets/source=mnist"), ["images/source=mnist", "nets/source=mnist"]);
  assertEquals(chosen("each/rate=0.1,source=cifar-10"), [
    "images/source=cifar-10",
    "nets/source=cifar-10",
    "trained/rate=0.1,source=cifar-10",
    "each/rate=0.1,source=cifar-10",
  ]);
  const all = plan.nodes.map(({ instance }) => instance);
  assertEquals(chosen("all"), all.filter((name) => !name.startsWith("each")));
});

Deno.test("only() takes instances by some of their axes, in any order of these", () => {
  const trained = (name: string) => (chosen(name) as string[]).filter((one) => one.startsWith("trained"));
  const [first, second] = ["trained/rate=0.1,source=mnist", "trained/rate=1,source=mnist"];
  assertEquals(trained("trained/source=mnist"), [first, second]);
  assertEquals(trained("trained/rate=1"), [second]);
  assertEquals(trained("trained/source=mnist,rate=0.1"), [first]);
});

Deno.test("only() takes a number of an axis however it is written", () => {
  const named = chosen("trained/rate=0.1,source=mnist") as string[];
  assertEquals(named.at(-1), "trained/rate=0.1,source=mnist");
  for (const rate of ["1e-1", "0.10", ".1"]) {
    assertEquals(chosen(`trained/rate=${rate},source=mnist`), named);
  }
});

Deno.test("only() says what is wrong with a name: the stage, an axis, a value, their combination", () => {
  const cases: [string, string, string | undefined][] = [
    ["traind", "widths has no such stage", 'did you mean "trained"?'],
    [
      "traind/rate=1,source=mnist",
      "widths has no such stage",
      'did you mean "trained/rate=1,source=mnist"?',
    ],
    ["zzzzz", "widths has no such stage", "its stages: images, nets, trained, each, all"],
    [
      "trained/sorce=mnist",
      'stage "trained" has no axis "sorce"',
      'did you mean "source"? Its axes: rate, source',
    ],
    [
      "trained/source=mnst",
      'stage "trained" has no instance with source=mnst',
      'did you mean "mnist"? Values of source: mnist, cifar-10',
    ],
    [
      "trained/source",
      'a value is missing after "source"',
      "values of source: mnist, cifar-10",
    ],
    [
      "trained/source=cifar-10,rate=1",
      'stage "trained" has no such instance',
      "its instances: trained/rate=0.1,source=mnist, trained/rate=0.1,source=cifar-10, trained/rate=1,source=mnist",
    ],
    ["trained/rate=2", 'stage "trained" has no instance with rate=2', "values of rate: 0.1, 1"],
    ["all/source=mnist", 'stage "all" has no axes', 'write "all"'],
    [
      "trained/",
      'axis and value are missing after "trained/"',
      'write "trained/AXIS=VALUE"; its axes: rate, source',
    ],
    ["trained/rate=", 'stage "trained" has no instance with rate=', "values of rate: 0.1, 1"],
  ];
  for (const [name, why, help] of cases) assertEquals(chosen(name), { why, help });
});

function chosen(name: string): unknown {
  const result = only(plan, name);
  return result.ok ? result.value.nodes.map(({ instance }) => instance) : result.error;
}
