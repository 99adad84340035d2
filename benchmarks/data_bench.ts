/**
 * Time and peak memory to open each data set, as arrays with each of its transforms and as tensors for training, in a
 * process each. Reads /proc, so on Linux alone; the files must be here (`WEFT_DATA`, or the cache folder).
 */
import type { Transforms } from "../src/artifacts/dataset.ts";
import { openDataset } from "../src/engine/data/open.ts";
import { type SourceName, SOURCES } from "../src/engine/data/sources.ts";
import { derive } from "../src/engine/data/transforms/derive.ts";
import { Runtime } from "../src/engine/runtime.ts";
import { interleave, median, printTable, roundsFrom, runProcess } from "./measure.ts";

const DATA_SETS = ["mnist", "fashion-mnist", "cifar-10"] as const;
const DRAWN = { seed: 0, stratified: true };
const CASES: Readonly<Record<string, Transforms>> = {
  "as it is": {},
  "subset of 20,000": { subset: { count: 20_000, ...DRAWN } },
  "validation of 5,000": { validation: { count: 5000, ...DRAWN } },
  "label noise on 10,000": { label_noise: { count: 10_000, seed: 0 } },
  "grayscale": { grayscale: true },
  "resize to 14 x 14": { resize: [14, 14] },
  "resize to 24 x 24": { resize: [24, 24] },
  "resize to 36 x 36": { resize: [36, 36] },
  "normalize: standard": { normalize: "standard" },
};
const TENSORS = "as it is, as tensors beside the library";

/** Of one process. */
interface Opening {
  readonly seconds: number;
  readonly peakBytes: number;
}

if (Deno.args[0] === "open") {
  await open(Deno.args[1] as SourceName, Deno.args[2]!);
} else {
  const cases = DATA_SETS.flatMap((source) =>
    [...Object.keys(CASES), TENSORS]
      .filter((name) => name !== "grayscale" || SOURCES[source].dataset.shape[2] === 3)
      .map((name) => [`${source}, ${name}`, () => measure(source, name)] as const)
  );
  const openings = await interleave(roundsFrom(Deno.args, 3), Object.fromEntries(cases));
  printTable(
    ["data set", "median seconds", "peak GiB"],
    Object.entries(openings).map(([name, rounds]) => [
      name,
      median(rounds.map(({ seconds }) => seconds)).toFixed(2),
      (Math.max(...rounds.map(({ peakBytes }) => peakBytes)) / 2 ** 30).toFixed(2),
    ]),
  );
}

async function measure(source: SourceName, name: string): Promise<Opening> {
  const args = ["run", "-A", "--quiet", import.meta.filename!, "open", source, name];
  return JSON.parse((await runProcess({ program: Deno.execPath(), args })).stdout);
}

async function open(source: SourceName, name: string): Promise<void> {
  const dataset = derive(SOURCES[source].dataset, CASES[name] ?? {});
  const began = performance.now();
  if (name === TENSORS) await Runtime.open().withData(dataset, () => Promise.resolve());
  else await openDataset(dataset);
  const opening: Opening = { seconds: (performance.now() - began) / 1000, peakBytes: peakBytes() };
  console.log(JSON.stringify(opening));
}

function peakBytes(): number {
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(Deno.readTextFileSync("/proc/self/status"))!;
  return Number(kibibytes) * 1024;
}
