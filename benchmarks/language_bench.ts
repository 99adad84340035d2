/**
 * What it costs to check a pipeline of many stages: `weft validate` as a process, and compile() in this one, beside what the
 * yaml package alone takes to parse the same text. Kinds are those of tests, so that the language is measured and no kind;
 * the process has weft's own.
 */
import { LineCounter, parseDocument } from "yaml";
import { compile } from "../src/compiler/compile.ts";
import { fakeKinds } from "../src/language/testing/fake_kinds.ts";
import { besideBar, interleave, median, printTable, roundsFrom, runProcess } from "./measure.ts";
import { manyStages, pipelineOf, realStages } from "./many_stages.ts";
import { weftCommand } from "./weft.ts";

const BAR_SECONDS = 0.4;
const COUNTS = [1000, 5000, 20_000];
const rounds = roundsFrom(Deno.args, 5);

await measureProcess();
await measureGrowth();

async function measureProcess(): Promise<void> {
  const folder = await Deno.makeTempDir();
  const measures: Record<string, () => Promise<number>> = {};
  for (const style of ["flow", "block"] as const) {
    for (const matrix of [false, true]) {
      const name = `1,000 stages, ${style}${matrix ? ", matrix" : ""}`;
      const path = `${folder}/${style}${matrix ? "-matrix" : ""}.yaml`;
      Deno.writeTextFileSync(path, pipelineOf(realStages(1000, matrix), style, matrix));
      measures[name] = async () => (await runProcess(weftCommand("validate", path))).seconds;
    }
  }
  const seconds = await interleave(rounds, measures);
  await Deno.remove(folder, { recursive: true });
  printTable(
    ["weft validate", "median seconds", "greatest"],
    Object.entries(seconds).map((
      [name, times],
    ) => [name, besideBar(median(times), BAR_SECONDS), Math.max(...times).toFixed(3)]),
  );
}

async function measureGrowth(): Promise<void> {
  const rows: string[][] = [];
  for (const shape of ["flat", "chained"] as const) {
    for (const style of ["flow", "block"] as const) {
      for (const matrix of [false, true]) {
        const texts = COUNTS.map((count) => pipelineOf(manyStages(count, shape, matrix), style, matrix));
        const name = `${shape}, ${style}${matrix ? ", matrix" : ""}`;
        rows.push(...await growthRows(name, texts));
      }
    }
  }
  printTable(["pipeline", "stages", "ms", "µs a stage", "as first", "yaml alone, ms", "times yaml"], rows);
}

async function growthRows(name: string, texts: readonly string[]): Promise<string[][]> {
  const times = await interleave(
    rounds,
    Object.fromEntries(texts.flatMap((text, i) => [
      [`compile ${name} ${i}`, () => Promise.resolve(timed(() => compiled(text)))],
      [`yaml ${name} ${i}`, () => Promise.resolve(timed(() => parsed(text)))],
    ])),
  );
  const perStage = COUNTS.map((count, i) => median(times[`compile ${name} ${i}`]!) / count);
  return COUNTS.map((count, i) => {
    const [own, yaml] = [median(times[`compile ${name} ${i}`]!), median(times[`yaml ${name} ${i}`]!)];
    return [
      name,
      String(count),
      own.toFixed(0),
      (1000 * perStage[i]!).toFixed(1),
      (perStage[i]! / perStage[0]!).toFixed(2),
      yaml.toFixed(0),
      (own / yaml).toFixed(2),
    ];
  });
}

function compiled(text: string): void {
  const result = compile({ path: "many.yaml", text }, fakeKinds);
  if (!result.ok) throw new Error(`Cannot measure what is wrong: ${JSON.stringify(result.error[0])}`);
}

function parsed(text: string): void {
  const document = parseDocument(text, {
    lineCounter: new LineCounter(),
    uniqueKeys: false,
    prettyErrors: false,
    stringKeys: true,
  });
  if (document.errors.length > 0) throw new Error(String(document.errors[0]));
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
