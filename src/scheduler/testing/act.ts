import { UserError } from "../../core/diagnostic.ts";
import type { Digest } from "../../core/digest.ts";
import type { Json } from "../../core/json.ts";
import type { ItemContext, ItemsKind } from "../../core/stage_kind.ts";

/** What an item of the fake kind "act" does in the engine process. */
export type Act =
  | { readonly does: "double"; readonly value: number }
  /** Waits until as many acts of this sort are under way at once. */
  | { readonly does: "meet"; readonly count: number }
  /** Writes an object and answers with its digest. */
  | { readonly does: "put"; readonly text: string }
  | { readonly does: "print"; readonly text: string }
  /** Writes to standard output itself, as native code does. */
  | { readonly does: "write"; readonly text: string }
  | { readonly does: "report"; readonly notes: readonly string[] }
  /** wait: keeps a state when it is asked to end, and ends. hang: does not. block: nor does its whole process. */
  | {
    readonly does:
      | "fail-for-the-user"
      | "throw"
      | "environment"
      | "wait"
      | "hang"
      | "block"
      | "die"
      | "abort";
  }
  /** Takes memory step by step, for ever. */
  | { readonly does: "eat" }
  /** Takes memory and ends, but does not give it back. */
  | { readonly does: "grow"; readonly bytes: number }
  /** Goes on from the number of its state, keeps one for each, and dies on the way, once. */
  | { readonly does: "count"; readonly to: number; readonly dieAt?: number }
  /** Keeps a state and answers with an object of it. */
  | { readonly does: "keep"; readonly state: readonly string[]; readonly other: string }
  /** Dies, or hangs, if the file is not there, after making it. */
  | { readonly does: "die-once" | "hang-once"; readonly file: string };

export interface ActConfig {
  readonly acts: Readonly<Record<string, Act>>;
  /** Item names with equal affinity, and their costs; an item that is not named has its own affinity and cost 1. */
  readonly affinity?: Readonly<Record<string, string>>;
  readonly cost?: Readonly<Record<string, number>>;
}

const taken: Uint8Array[] = [];
let met = 0;
const meeting = Promise.withResolvers<void>();

/** Does one act. */
async function runAct(act: Act, context: ItemContext): Promise<Json> {
  switch (act.does) {
    case "double":
      return act.value * 2;
    case "meet":
      if (++met >= act.count) meeting.resolve();
      await meeting.promise;
      return met;
    case "put":
      return await put(act.text, context);
    case "print":
      console.log(act.text);
      return act.text;
    case "write":
      Deno.stdout.writeSync(new TextEncoder().encode(act.text));
      return null;
    case "report":
      for (const [i, note] of act.notes.entries()) context.progress((i + 1) / act.notes.length, note);
      return null;
    case "fail-for-the-user":
      throw new UserError("Cannot double the value: it is odd", "use an even one");
    case "throw":
      throw new RangeError("a mistake in the code");
    case "environment":
      return Deno.env.toObject();
    case "wait":
      return await waitForSignal(context);
    case "hang":
      return await new Promise(() => {});
    case "block":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return null;
    case "eat":
      return await eat();
    case "grow":
      await grow(act.bytes);
      return null;
    case "count":
      return await count(act.to, act.dieAt, context);
    case "keep": {
      const objects = await Promise.all(act.state.map((text) => put(text, context)));
      await context.save({ value: null, objects }, { lasting: true });
      return { named: objects[0]!, other: await put(act.other, context) };
    }
    case "die-once":
      return await isFirst(act.file) ? await die() : "alive";
    case "hang-once":
      return await isFirst(act.file) ? await new Promise(() => {}) : "alive";
    case "die":
      return await die();
    case "abort":
      return await die("SIGABRT");
    default:
      return act satisfies never;
  }
}

/** Items that do what the stage's settings say. */
export const act: ItemsKind<ActConfig, Record<string, never>, { act: Act }, Json, Record<string, Json>> = {
  contract: "items",
  place: "engine",
  name: "act",
  noun: "act",
  version: 1,
  description: "Does what it is told",
  schema: { type: "object" },
  inputs: {},
  output: { name: "answers" },
  list: (config) =>
    Object.entries(config.acts).map(([id, act]) => ({
      id,
      identity: { record: "act/1", act: act as unknown as Json },
      affinity: config.affinity?.[id] ?? id,
      cost: config.cost?.[id] ?? 1,
      work: { act },
    })),
  load: () => Promise.resolve(({ act }, context) => runAct(act, context)),
  collect: (_config, _inputs, items, outcomes) =>
    Promise.resolve(Object.fromEntries(items.map(({ id }, i) => [id, outcomes[i] ?? null]))),
};

async function waitForSignal({ signal, save, progress }: ItemContext): Promise<never> {
  progress(0, "waits");
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  await save({ value: "kept", objects: [] });
  throw signal.reason;
}

async function count(to: number, dieAt: number | undefined, { states, save }: ItemContext): Promise<Json> {
  const from = Math.max(0, ...states.map(({ value }) => value as number));
  for (let i = from + 1; i <= to; i++) {
    await save({ value: i, objects: [] });
    if (i === dieAt) return await die();
  }
  return { from, to };
}

async function isFirst(file: string): Promise<boolean> {
  const isThere = await Deno.stat(file).then(() => true, () => false);
  await Deno.writeTextFile(file, "");
  return !isThere;
}

function put(text: string, { objects }: ItemContext): Promise<Digest> {
  return objects.put(new TextEncoder().encode(text));
}

async function eat(): Promise<never> {
  while (true) await grow(1 << 25);
}

async function grow(bytes: number): Promise<void> {
  taken.push(new Uint8Array(bytes).fill(1));
  await new Promise((resolve) => setTimeout(resolve, 10));
}

async function die(signal: Deno.Signal = "SIGKILL"): Promise<never> {
  console.error("about to die");
  await new Promise((resolve) => setTimeout(resolve, 20)); // until the line is out
  Deno.kill(Deno.pid, signal);
  return await new Promise(() => {});
}
