import { assert, assertEquals } from "@std/assert";
import { Ajv, type ValidateFunction } from "ajv";
import { ROOT, weft } from "./testing/weft.ts";

const PIPELINE = `
weft: 1
name: small
resources: { memory: 8 }
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: { choice: [5, 10] } } }
  draw: { kind: sampling, family: mlps, method: random, count: 3, seed: 1 }
  trained: { kind: train, sample: draw, epochs: 1, resources: { memory: 4 } }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
  weights: { kind: analyze, population: trained, groups: quality, measures: [statistics] }
  figure1: { kind: plot, population: trained, groups: quality, figure: convergence }
`;

Deno.test("The published schemas fit what weft run, weft status and weft why print", async (t) => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/small.yaml`;
  const printed = async (...args: string[]) => (await weft([...args, "--format", "json"], folder)).stdout;
  const [run, status, why] = await Promise.all(["run", "status", "why"].map(schema));

  await t.step("before the first run", async () => {
    await Deno.writeTextFile(file, PIPELINE);
    assertFits(status!, await printed("status", file));
    for (const target of ["trained", "trained/2", "figure1"]) {
      assertFits(why!, await printed("why", file, target));
    }
  });

  await t.step("a run in which a model fails, and all after it", async () => {
    const late = PIPELINE.replace("epochs: 1", "epochs: 500, timeout: { minutes: 0.01 }");
    await Deno.writeTextFile(file, late.replace("count: 3", "count: 1"));
    const { code, stdout } = await weft(["run", file, "--format", "ndjson"], folder);
    assertEquals(code, 1);
    const types = assertLinesFit(run!, stdout);
    for (const type of ["item-failed", "stage-failed", "stage-skipped"]) assert(types.has(type), stdout);
    assertFits(status!, await printed("status", file));
    assertFits(why!, await printed("why", file, "trained/1"));
  });

  await t.step("a run of all", async () => {
    await Deno.writeTextFile(file, PIPELINE);
    const { code, stdout } = await weft(
      ["run", file, "--format", "ndjson", "--resource", "memory=4"],
      folder,
    );
    assertEquals(code, 0);
    const types = assertLinesFit(run!, stdout);
    for (const type of ["started", "engine-started", "item-finished", "finished"]) {
      assert(types.has(type), stdout);
    }
    assertFits(status!, await printed("status", file));
    for (const target of ["digits", "draw/2", "trained", "trained/2", "weights/2", "figure1"]) {
      assertFits(why!, await printed("why", file, target));
    }
  });

  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft why names the nearest stage and a member, weft run the nearest resource", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/small.yaml`, PIPELINE);
  const told = await Promise.all([
    weft(["why", "small.yaml", "tranied"], folder),
    weft(["why", "small.yaml", "trained/4"], folder),
    weft(["why", "small.yaml", "digits/4"], folder),
    weft(["run", "small.yaml", "--resource", "memroy=4"], folder),
    weft(["run", "small.yaml", "--resource", "memory"], folder),
  ]);
  assertEquals(told.map(({ code }) => code), [2, 2, 2, 2, 2]);
  assertEquals(told.map(({ stderr }) => stderr.split("\n").slice(0, 2)), [
    ['error: Cannot tell of "tranied": small has no stage "tranied"', '  help: did you mean "trained"?'],
    [
      'error: Cannot tell of "trained/4": "trained" has no member "4"',
      '  help: it has 3, for example "1"',
    ],
    [
      'error: Cannot tell of "digits/4": dataset "digits" has no members',
      '  help: see "weft why FILE digits"',
    ],
    [
      'error: Cannot set resource "memroy": small has no such resource',
      '  help: did you mean "memory"?',
    ],
    [
      'error: Cannot read --resource "memory": expected a name, "=" and a number above 0',
      "  help: for example --resource memory=16",
    ],
  ]);
  await Deno.remove(folder, { recursive: true });
});

async function schema(command: string): Promise<ValidateFunction> {
  const text = await Deno.readTextFile(`${ROOT}schemas/${command}.output.schema.json`);
  return new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(JSON.parse(text));
}

/** @returns The types of the events */
function assertLinesFit(fits: ValidateFunction, text: string): Set<string> {
  const lines = text.trimEnd().split("\n");
  for (const line of lines) assertFits(fits, line);
  return new Set(lines.map((line) => JSON.parse(line).type));
}

function assertFits(fits: ValidateFunction, text: string): void {
  const value = JSON.parse(text);
  assert(fits(value), `${JSON.stringify(fits.errors, null, 1)}\n${text}`);
  assert(!fits({ ...value, more: 1 }));
}
