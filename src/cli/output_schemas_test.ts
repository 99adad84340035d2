import { assert, assertEquals } from "@std/assert";
import { Ajv, type ValidateFunction } from "ajv";
import { plan, validate } from "../mod.ts";
import { outputSchemas } from "./output_schemas.ts";
import { planJson } from "./plan.ts";
import { validationJson } from "./validate.ts";

const PIPELINE = `
weft: 1
name: small
params: { models: 8 }
matrix: { seed: [1, 2] }
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: 1, width: 5, activation: relu }
    init: { scheme: he_normal }
    training: { optimizer: { name: adam, learning_rate: 1.0e-3 }, batch_size: 64 }
  draw: { kind: sampling, family: mlps, method: random, count: "\${{ params.models }}", seed: "\${{ matrix.seed }}" }
  trained: { kind: train, sample: draw, epochs: 2 }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
`;

Deno.test("plan.output.schema.json fits what weft plan prints", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/small.yaml`;
  await Deno.writeTextFile(file, PIPELINE);
  const report = await plan(file, { outputs: `${folder}/outputs`, warn: assert });
  if (!report.ok) throw new Error(JSON.stringify(report.error.diagnostics));
  const json = JSON.parse(JSON.stringify(planJson(report.value)));
  assertEquals(json.totals.models, { stored: 0, train: 16, unknown: 0 });
  const fits = compiled("plan.output.schema.json");
  assert(fits(json), JSON.stringify(fits.errors));
  for (const wrong of [{ ...json, more: 1 }, { ...json, totals: {} }, { ...json, stages: [{}] }]) {
    assert(!fits(wrong));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("validate.output.schema.json fits what weft validate prints", async () => {
  const folder = await Deno.makeTempDir();
  const texts = [
    PIPELINE,
    PIPELINE.replace("sample: draw", "sample: drow").replace("matrix:", "x-more:"),
    PIPELINE.replace("params:", "parms:"),
    PIPELINE.replace("population: trained", "population: draw"),
    "",
    "a: [",
  ];
  const files = texts.map((text, i) => {
    Deno.writeTextFileSync(`${folder}/${i}.yaml`, text);
    return `${folder}/${i}.yaml`;
  });
  const checked = await validate([...files, `${folder}/none.yaml`], { set: ["models=true"] });
  const json = JSON.parse(JSON.stringify(validationJson(checked)));
  assert(
    json.diagnostics.length >= 8 && json.diagnostics.some(({ related }: { related: [] }) => related.length),
  );
  const fits = compiled("validate.output.schema.json");
  assert(fits(json), JSON.stringify(fits.errors));
  assert(!fits({ ...json, diagnostics: [{ message: "no" }] }));
  await Deno.remove(folder, { recursive: true });
});

function compiled(name: string): ValidateFunction {
  return new Ajv({ strict: true, allowUnionTypes: true, allErrors: true }).compile(
    JSON.parse(outputSchemas().get(name)!),
  );
}
