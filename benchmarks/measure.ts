/** What all benchmarks share: processes that are timed, medians, tables. */
import { cpus } from "node:os";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Finished {
  /** Wall time, with all that the system does to start the process. */
  readonly seconds: number;
  readonly stdout: string;
}

/** Runs a command to its end. @throws {Error} If it fails, with what it wrote */
export async function runProcess({ program, args, env }: Command): Promise<Finished> {
  const began = performance.now();
  const command = new Deno.Command(program, { args: [...args], env, stdin: "null" });
  const output = await command.output();
  const seconds = (performance.now() - began) / 1000;
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  if (output.success) return { seconds, stdout: stdout! };
  throw new Error(`Cannot measure ${program} ${args.join(" ")}: it failed\n${stderr}${stdout}`);
}

/** The values of a stream of JSON lines, as they come. */
export async function* eventsOf<Event>(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Event> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Measures each of several things once a round, in turn, so that all see the same state of the machine. */
export async function interleave<Name extends string, Value>(
  rounds: number,
  measures: Readonly<Record<Name, () => Promise<Value>>>,
): Promise<Record<Name, Value[]>> {
  const names = Object.keys(measures) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as Value[]])) as Record<Name, Value[]>;
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      console.error(`round ${round} of ${rounds}: ${name} (load ${load()})`);
      values[name].push(await measures[name]());
    }
  }
  return values;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The median over the rounds of the ratio within a round. */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  return median(values.map((value, round) => value / others[round]!));
}

/** A figure beside the most that it may be: "0.412 (bar 0.65)". */
export function besideBar(value: number, bar: number, digits = 3): string {
  return `${value.toFixed(digits)} (bar ${bar}${value <= bar ? "" : ", missed"})`;
}

/** Prints where this was measured, and a table in Markdown. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  const rule = line(widths.map((width) => "-".repeat(width)));
  console.log([`\n${machine()}\n`, line(header), rule, ...rows.map(line)].join("\n"));
}

/** The value of `--rounds N`, or the default. */
export function roundsFrom(args: readonly string[], usual: number): number {
  const given = args[args.indexOf("--rounds") + 1];
  return args.includes("--rounds") ? Number(given) : usual;
}

function machine(): string {
  const date = new Date().toISOString().slice(0, 10);
  const processor = cpus()[0]?.model ?? "unknown processor";
  return `${date}, ${navigator.hardwareConcurrency} cores of ${processor}, Deno ${Deno.version.deno}, load ${load()}`;
}

/** Runnable processes over the last minute: what others do disturbs. */
function load(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}
