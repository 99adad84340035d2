/** Remembers pipelines of which everything is stored, so that neither a run nor a plan compiles them again to find that. */
import { codeState } from "../core/code_state.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import type { PlanReport, ProjectOptions, RunOptions, RunReport } from "./options.ts";
import type { ImportedFile } from "../sources/pipeline_files.ts";
import { areAsRead, type ReadState } from "../sources/own_files.ts";
import type { CheckedFile, ReadPipeline } from "../sources/read_pipeline.ts";
import { lastEndedWell } from "../report/run_logs.ts";
import { currentPictures, type ResultsPlace, resultsPlace } from "./results_folder.ts";
import type { RunEvent } from "../scheduler/events.ts";
import { runSummary } from "../scheduler/run_summary.ts";
import { type Settled, stillHolds, storedOutlook, tellStored } from "../scheduler/settled.ts";
import { Store } from "../store/store.ts";

/** What a command is asked, besides the texts that were read. */
export type Question = Pick<RunOptions, "set" | "params" | "only" | "resources">;

interface Memory {
  /** Digest of what decided the answer, but for the files that are imported. */
  readonly state: Digest;
  readonly imported: readonly ImportedFile[];
  /** Files of the user that stages were planned from. */
  readonly own: readonly ReadState[];
  readonly settled: Settled;
}

/** The memory of one question about one pipeline. */
export class Recall {
  readonly #key: string;
  readonly #state: Digest;

  /** @param engine identity of the numerical library */
  constructor(private readonly read: ReadPipeline, question: Question, engine: string) {
    const { set = [], params = [], only, resources = {} } = question;
    const asked = { path: read.path, folder: Deno.cwd(), set, params, only, resources };
    this.#key = digestOf({ record: "question/1", ...asked });
    const texts = Object.fromEntries(read.files.sources);
    const decides = { record: "asked/1", texts, engine, code: codeState() };
    this.#state = digestOf(decides);
  }

  /** What a plan says; undefined where that is not known for certain. */
  async plan({ outputs, warn, checked }: ProjectOptions): Promise<PlanReport | undefined> {
    return await withStore(outputs, warn, (store) => {
      const recalled = this.#recall(store);
      if (recalled === undefined) return undefined;
      const { settled: { pipeline, stages }, file } = recalled;
      checked?.(file);
      return { pipeline, stages: stages.map(storedOutlook) };
    });
  }

  /** Tells what a run tells that has nothing to do, and to write; undefined where that is not known for certain. */
  async run(
    { outputs, checked, emit }: RunOptions,
    warn: (message: string) => void,
  ): Promise<RunReport | undefined> {
    const started = performance.now();
    return await withStore(outputs, warn, (store) => {
      const recalled = this.#recall(store);
      if (recalled === undefined) return undefined;
      const { settled, file } = recalled;
      const place = resultsPlace(this.read.path, settled.pipeline, outputs);
      if (!lastEndedWell(`${place.folder}/logs`)) return undefined;
      return tellSettled(settled, place, emit, started, () => checked?.(file));
    });
  }

  /** @param store that all of it was found in */
  keep(settled: Settled, store: Store): void {
    const { files: { imported }, own: { read: own } } = this.read;
    if (own === undefined) return;
    const memory: Memory = { state: this.#state, imported, own, settled };
    store.setNote(this.#key, JSON.stringify(memory));
  }

  /** Undefined where anything differs that may change the answer: a text, a file, this program, the engine, the store. */
  #recall(store: Store): { readonly settled: Settled; readonly file: CheckedFile } | undefined {
    const memory = parsed(store.note(this.#key));
    if (memory?.state !== this.#state) return undefined;
    const { imported, own, settled } = memory;
    const { path, source, files } = this.read;
    const now = files.withImported(path, imported);
    if (now === undefined || !areAsRead(own) || !stillHolds(settled, store)) return undefined;
    return { settled, file: { path: source.path, sources: now.sources, diagnostics: settled.warnings } };
  }
}

/**
 * Tells all that a run tells that has nothing to do, and to write; undefined where files differ.
 * @param started milliseconds on the clock of `performance`
 * @param before called before anything is told
 */
export function tellSettled(
  settled: Settled,
  place: ResultsPlace,
  emit: (event: RunEvent) => void,
  started: number,
  before: () => void = () => {},
): RunReport | undefined {
  const figures = currentPictures(settled, place);
  if (figures === undefined) return undefined;
  before();
  const stages = tellStored(settled, emit);
  const summary = runSummary({ ok: true, stages, seconds: (performance.now() - started) / 1000 });
  return { summary, folder: place.folder, figures };
}

/** A note of another version has another state. */
function parsed(text: string | undefined): Memory | undefined {
  return text === undefined ? undefined : JSON.parse(text);
}

async function withStore<Value>(
  outputs: string,
  warn: (message: string) => void,
  work: (store: Store) => Value,
): Promise<Value> {
  const store = await Store.open(`${outputs}/store`, { warn });
  try {
    return work(store);
  } finally {
    await store.close();
  }
}
