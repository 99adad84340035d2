import { assertEquals } from "@std/assert";
import { compile } from "../src/compiler/compile.ts";
import { PINNED_IDENTITY } from "../src/engine/library/identity.ts";
import { stageKinds } from "../src/stages/registry.ts";

Deno.test("compile() tells mistakes of stages that read wrong ones, in the same pass", () => {
  assertEquals(
    told(`
weft: 1
matrix: { data: [mnist, cifar-10] }
stages:
  images: { kind: dataset, source: "\${{ matrix.data }}" }
  mlps: { kind: family, dataset: images, architecture: { kind: mlp, depth: 0, width: 5 } }
  draw: { kind: sampling, family: mlps, method: random, count: 10 }
  trained: { kind: train, sample: draw, epochs: 10 }
  quality: { kind: group, population: trained, by: test_acuracy }
  weights: { kind: analyze, population: trained, groups: quality, without: [lwo] }
  all: { kind: plot, analysis: weights, gather: [dta], figure: weight-statistics }
  own: { kind: plot, population: trained, spec: { data: { name: trained.member }, mark: pont } }
`),
    [
      "6 bad-value", // depth
      "9 unknown-metric",
      "10 unknown-label",
      "11 unknown-axis",
      "12 unknown-table",
      "12 bad-value", // mark
    ],
  );
});

Deno.test("compile() tells what a kind finds in the settings and beside the inputs of one stage in the same pass", () => {
  const text = `
weft: 1
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: 5 } }
  draw: { kind: sampling, family: mlps, method: random, count: 3 }
  trained: { kind: train, sample: draw, epochs: 2 }
  quality: { kind: group, population: trained, by: loss, rule: { thresholds: [0.9, 0.5] } }
`;
  assertEquals(told(text), ["8 unknown-metric", "8 bounds-not-ascending"]);
});

Deno.test("compile() checks what is right of a malformed stage, and tells nothing that the malformed part may hold", () => {
  const text = `
weft: 1
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: 1, width: 5 }
    training: { batch_size: 0 }
    exclude: [{ widht: 3 }]
  draw: { kind: sampling, family: mlps, method: random, count: 3, sed: 1 }
  trained: { kind: train, sample: draw, epochs: 2, typo: 1 }
  quality: { kind: group, population: trained, by: loss, rule: { thresholds: [0.9, 0.5] }, non: true }
  figure: { kind: plot, population: trained, figur: convergence }
`;
  assertEquals(told(text), [
    "9 bad-value",
    "10 unknown-setting",
    "11 unknown-key",
    "12 unknown-key",
    "13 unknown-metric",
    "13 bounds-not-ascending",
    "13 bad-value", // non
    "14 unknown-key", // and not that a figure is missing
  ]);
});

Deno.test("compile() tells no follow-up of a mistake: what a wrong stage would have made is not missed", () => {
  const text = `
weft: 1
matrix: { data: [mnist, fashion-mnist] }
stages:
  images: { kind: dataset, source: "\${{ matrix.data }}" }
  mlps: { kind: family, dataset: imags, architecture: { kind: mlp, depth: 1, width: 5 } }
  draw: { kind: sampling, famly: mlps, method: random, count: 3 }
  trained: { kind: train, sample: draw, epochs: 2 }
  quality: { kind: group, population: trained, by: test_loss }
  all: { kind: plot, population: trained, groups: quality, gather: [data], figure: convergence }
  own:
    kind: plot
    population: trained
    gather: [data]
    spec: { data: { name: trained.members }, mark: point, encoding: { x: { field: architecture.width } } }
`;
  assertEquals(told(text), ["6 unknown-stage", "7 unknown-key"]);
});

/** Line and code of each problem. */
function told(text: string): string[] {
  const result = compile({ path: "my.yaml", text }, stageKinds(PINNED_IDENTITY, () => "x86_64"));
  return result.ok ? [] : result.error.map(({ at, code }) => `${at?.line} ${code}`);
}
