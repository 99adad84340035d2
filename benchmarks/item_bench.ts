/** What an item costs that does nothing itself: 10,000 of them in this process, with their records, claims and fsync. */
import { EngineHost } from "../src/scheduler/engine_process/host.ts";
import { assess } from "../src/scheduler/assess.ts";
import { explain } from "../src/scheduler/explain.ts";
import { run } from "../src/scheduler/run.ts";
import { StageLookup } from "../src/scheduler/stage_lookup.ts";
import { doubles } from "../src/scheduler/testing/plans.ts";
import { Store } from "../src/store/store.ts";
import { besideBar, interleave, median, printTable, roundsFrom } from "./measure.ts";

const ITEMS = 10_000;
const BAR_MILLISECONDS = 1;
const CONCURRENCIES = [1, 2, 8];

const plan = doubles(Array.from({ length: ITEMS }, (_, i) => i));
const measures = Object.fromEntries(
  CONCURRENCIES.map((concurrency) => [`${concurrency} at a time`, () => millisecondsPerItem(concurrency)]),
);
const costs = await interleave(roundsFrom(Deno.args, 5), measures);
printTable(
  [`${ITEMS.toLocaleString("en")} items that do nothing`, "median ms an item", "least"],
  Object.entries(costs).map((
    [name, values],
  ) => [name, besideBar(median(values), BAR_MILLISECONDS), Math.min(...values).toFixed(3)]),
);

/** In the folder for temporary files: it should be on a disk (TMPDIR). */
async function millisecondsPerItem(concurrency: number): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
  const store = await Store.open(`${folder}/store`, { use: "run", cache: `${folder}/cache` });
  try {
    const lookup = new StageLookup(store);
    const outlook = explain(plan, await assess(plan, lookup), undefined, "none");
    const engine = new EngineHost({ args: [], env: {}, log: `${folder}/engine.log` }, () => {}); // no item needs it
    const { signal } = new AbortController();
    const began = performance.now();
    const { ok } = await run(plan, { lookup, outlook, engine, concurrency, signal, emit: () => {} });
    if (!ok) throw new Error("Cannot measure items: the run failed");
    return (performance.now() - began) / ITEMS;
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}
