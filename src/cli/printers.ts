import type { RunEvent } from "../mod.ts";
import { type Paint, printData, printError, printLine, styler } from "./output.ts";
import { lastingLines, stageEndLine } from "./run_lines.ts";
import { RunView } from "./run_view.ts";

/** Tells a run while it goes on. */
export interface RunPrinter {
  take(event: RunEvent): void;
  /** A line that stays. */
  say(line: string): void;
  /** Leaves the stream as others expect it; nothing may come after but another end. */
  end(): void;
}

export interface Terminal {
  readonly write: (text: string) => void;
  readonly size: () => { readonly columns: number; readonly rows: number };
}

const FRAME_MILLISECONDS = 100;
const PLAIN_PROGRESS_SECONDS = 10;
const PLAIN_DOWNLOAD_SECONDS = 2;

/** The printer that suits standard error: a live view on a terminal, plain lines elsewhere. */
export function peoplePrinter(): RunPrinter {
  const paint = styler(Deno.stderr);
  if (!Deno.stderr.isTerminal()) return new PlainPrinter(printLine, paint, clock);
  return new LivePrinter({ write: printError, size: terminalSize }, paint, clock);
}

/** One JSON text a line on standard output; what is said to people goes to standard error. */
export class NdjsonPrinter implements RunPrinter {
  /** @param gone Called when nobody reads the events any more */
  constructor(private readonly gone: () => void) {}

  take(event: RunEvent): void {
    if (!printData(`${JSON.stringify(event)}\n`)) this.gone();
  }

  say(line: string): void {
    printLine(line);
  }

  end(): void {}
}

/** A line for each thing that happens, and now and then one on how far items and downloads are. */
export class PlainPrinter implements RunPrinter {
  readonly #view: RunView;
  #lastProgress: number;
  #lastPreparation = "";

  constructor(
    private readonly print: (line: string) => void,
    private readonly paint: Paint,
    private readonly now: () => number,
  ) {
    this.#view = new RunView(now);
    this.#lastProgress = now();
  }

  take(event: RunEvent): void {
    this.#view.take(event);
    for (const line of lastingLines(event, this.paint)) this.print(line);
    if (event.type === "preparing") this.#takePreparation(event);
    if (event.type !== "item-finished" && event.type !== "item-progress") return;
    if (this.#isSilentFor(PLAIN_PROGRESS_SECONDS)) {
      this.print(`  ${event.stage}: ${this.#view.progress(event.stage)}`);
    }
  }

  /** The first word of each thing that is fetched, and then how far it is. */
  #takePreparation({ stage, what }: Extract<RunEvent, { type: "preparing" }>): void {
    const text = this.#view.preparation(stage);
    const isNew = `${stage} ${what}` !== this.#lastPreparation;
    this.#lastPreparation = `${stage} ${what}`;
    if (text !== undefined && (isNew || this.#isSilentFor(PLAIN_DOWNLOAD_SECONDS))) this.print(`  ${text}`);
  }

  /** Whether no progress was printed for so long; if so, some is about to be. */
  #isSilentFor(seconds: number): boolean {
    if (this.now() - this.#lastProgress < seconds) return false;
    this.#lastProgress = this.now();
    return true;
  }

  say(line: string): void {
    this.print(line);
  }

  end(): void {}
}

/**
 * Lines that stay, and below them a view that is drawn over itself ten times a second. What fails shows in the view, and
 * stays once its stage has ended: many failures do not push everything else away.
 */
export class LivePrinter implements RunPrinter {
  readonly #view: RunView;
  readonly #failures = new Map<string, RunEvent[]>();
  readonly #timer: ReturnType<typeof setInterval>;
  #drawn: readonly string[] = [];
  #ended = false;

  constructor(private readonly terminal: Terminal, private readonly paint: Paint, now: () => number) {
    this.#view = new RunView(now);
    this.terminal.write(HIDE_CURSOR);
    this.#timer = setInterval(() => this.#draw([]), FRAME_MILLISECONDS);
  }

  take(event: RunEvent): void {
    this.#view.take(event);
    const lines = this.#lastingLines(event);
    if (lines.length > 0) this.#draw(lines);
  }

  say(line: string): void {
    this.#draw([line]);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#timer);
    const failures = [...this.#failures.keys()].flatMap((stage) => this.#failureLines(stage));
    this.terminal.write(this.#frame(failures, []) + SHOW_CURSOR);
  }

  /** Of a stage with several instances one line at its end, and the failures of each. */
  #lastingLines(event: RunEvent): string[] {
    if (event.type === "item-failed") {
      this.#failures.set(event.stage, [...this.#failures.get(event.stage) ?? [], event]);
      return [];
    }
    const isEnd = event.type === "stage-finished" || event.type === "stage-failed" ||
      event.type === "stage-skipped";
    if (!isEnd) return lastingLines(event, this.paint);
    const failures = this.#failureLines(event.stage);
    if (!this.#view.isFolded(event.stage)) return [...failures, ...lastingLines(event, this.paint)];
    const end = this.#view.endOf(event.stage);
    return [
      ...failures,
      ...(event.type === "stage-failed" ? lastingLines(event, this.paint) : []),
      ...(end === undefined ? [] : [stageEndLine(end, this.paint)]),
    ];
  }

  #failureLines(stage: string): string[] {
    const failures = this.#failures.get(stage) ?? [];
    this.#failures.delete(stage);
    const more = failures.length - MAX_FAILURES;
    return [
      ...failures.slice(0, MAX_FAILURES).flatMap((event) => lastingLines(event, this.paint)),
      ...(more > 0 ? [`  and ${more} more of ${stage}: "weft status" names them`] : []),
    ];
  }

  #draw(lasting: readonly string[]): void {
    const { columns, rows } = this.terminal.size();
    const view = this.#view.lines(columns - 1, rows - 1); // a taller one could not be drawn over
    const isSame = lasting.length === 0 && view.length === this.#drawn.length &&
      view.every((line, i) => line === this.#drawn[i]);
    if (!isSame) this.terminal.write(this.#frame(lasting, view));
  }

  /** One write: up to the top of the old view, the new lines over the old ones, and the rest cleared. */
  #frame(lasting: readonly string[], view: readonly string[]): string {
    const rows = this.#rowsOfView();
    const up = rows > 0 ? `\x1b[${rows}A` : "";
    this.#drawn = view;
    const lines = [...lasting.flatMap((line) => line.split("\n")), ...view]
      .map((line) => `${line}${CLEAR_LINE}\n`).join("");
    return `${BEGIN_FRAME}\r${up}${lines}${CLEAR_BELOW}${END_FRAME}`;
  }

  /** How many rows the old view takes now: a terminal that became narrower has wrapped its lines. */
  #rowsOfView(): number {
    const { columns } = this.terminal.size();
    return this.#drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / columns)), 0);
  }
}

/** Of a stage; the others are in the log of the run. */
const MAX_FAILURES = 10;
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";
/** A terminal that knows these shows a frame only when it is whole. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";

/** A terminal that does not know its size says 0, or fails. */
function terminalSize(): { columns: number; rows: number } {
  try {
    const { columns, rows } = Deno.consoleSize();
    return { columns: columns || 80, rows: rows || 24 };
  } catch {
    return { columns: 80, rows: 24 };
  }
}

function clock(): number {
  return performance.now() / 1000;
}
