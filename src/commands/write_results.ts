/** Writes what a run made into the folder of the pipeline's results. */
import type { Plan } from "../compiler/plan.ts";
import { sha256 } from "../core/digest.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { readLastRun } from "../report/last_run.ts";
import { runText, writeOutputs } from "../report/outputs.ts";
import type { Override } from "../language/params.ts";
import { claimResults, picturePaths, type ResultsPlace } from "./results_folder.ts";
import type { Assessment } from "../scheduler/assess.ts";
import type { RunEvent } from "../scheduler/events.ts";
import {
  allOutputs,
  keepingEarlier,
  readRunRecord,
  runRecord,
  type StageRecord,
  stageRecords,
} from "../scheduler/run_record.ts";
import type { RunResult, StageResult } from "../scheduler/run.ts";
import { type Settled, settled } from "../scheduler/settled.ts";
import type { Outputs, StageLookup } from "../scheduler/stage_lookup.ts";
import { DamagedError } from "../store/errors.ts";

interface About {
  /** Identity of the numerical library. */
  readonly engine: string;
  readonly concurrency: number;
  /** Values that took the place of params: what a run would look for depends on them. */
  readonly overrides: readonly Override[];
}

/** The results of one run: tables, figures, and `run.json`. */
export class Results {
  /** @param plan all of the pipeline @param chosen what of it is asked for */
  constructor(
    private readonly plan: Plan,
    private readonly chosen: Plan,
    private readonly lookup: StageLookup,
    readonly place: ResultsPlace,
    private readonly about: About,
  ) {}

  /** Claims the folder before anything is computed. */
  async claim(): Promise<void> {
    await claimResults(this.place, givenParams(this.about));
  }

  /** What the next run finds, if all that is asked for is stored; else undefined. */
  async settled(assessments: readonly Assessment[]): Promise<Settled | undefined> {
    const found = settled(this.chosen, assessments);
    if (found === undefined) return undefined;
    const { run, records } = await this.#record([]);
    const asked = new Set(assessments.map(({ stage }) => stage));
    const others = [...records].filter(([stage]) => !asked.has(stage));
    const leftOut = others.map(([stage, { identity, output }]) => ({ stage, identity, output }));
    return { ...found, run: { record: sha256(run), leftOut } };
  }

  /**
   * Writes the files of the stages that finished, where they differ.
   * @throws {UserError} If the file system refuses
   * @throws {DamagedError} If something in the store is damaged
   */
  async write(result: RunResult): Promise<void> {
    const { known, run } = await this.#record(result.stages);
    const finished = result.stages.flatMap(({ node: { instance, kind } }) => {
      const output = known.get(instance);
      return output === undefined ? [] : [{ instance, artifact: kind.output, ...output }];
    });
    const instances = this.plan.nodes.map(({ instance }) => instance);
    const about = aboutRun(result, this.about);
    await writeOutputs({ ...this.place, instances, run, about }, finished, this.lookup.store.objects);
  }

  /** Writes what a run made that was ended early. What is damaged is left to the next run. */
  async writeSome(result: RunResult, emit: (event: RunEvent) => void): Promise<void> {
    try {
      await this.write(result);
    } catch (error) {
      if (!(error instanceof DamagedError)) throw error;
      emit({ type: "warning", message: `${error.message}; the next run makes it again` });
    }
  }

  /** Paths of the pictures that the folder holds of what was asked for. */
  pictures(): string[] {
    const { folder } = this.place;
    return picturePaths(readLastRun(folder), folder, this.chosen.nodes);
  }

  /** The text of `run.json`, and what it is made of. @param stages those that the run had to do */
  async #record(stages: readonly StageResult[]): Promise<Record> {
    const { plan, lookup, place: { folder }, about: { engine } } = this;
    const known = await allOutputs(plan, stages, lookup);
    const records = await stageRecords(plan, known, lookup);
    const isWhole = [...records.values()].every(({ output }) => output !== null);
    const last = isWhole ? undefined : await readRunRecord(`${folder}/run.json`, plan.name, () => {});
    const run = runText(runRecord(plan.name, keepingEarlier(records, last), engine));
    return { known, records, run };
  }
}

interface Record {
  readonly known: Outputs;
  readonly records: ReadonlyMap<string, StageRecord>;
  readonly run: string;
}

/** What varies from run to run, for `last-run.json`. */
function aboutRun({ ok, ended, seconds, stages }: RunResult, about: About): JsonObject {
  const told = stages.map(({ node, status, seconds, items }): [string, Json] => [
    node.instance,
    { status, seconds, ...(items && { items: { ...items } }) },
  ]);
  const machine = { host: Deno.hostname(), deno: Deno.version.deno, concurrency: about.concurrency };
  const end = { ok, ...(ended && { ended }) };
  return {
    time: new Date().toISOString(),
    ...end,
    seconds,
    ...machine,
    ...givenParams(about),
    results: Object.fromEntries(told),
  };
}

function givenParams({ overrides }: About): JsonObject {
  return overrides.length === 0 ? {} : { overrides: overrides as unknown as JsonObject[] };
}
