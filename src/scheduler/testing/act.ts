import { UserError } from "../../core/diagnostic.ts";
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
  | { readonly does: "report"; readonly notes: readonly string[] }
  | { readonly does: "fail-for-the-user" | "throw" | "environment" | "wait" | "die" }
  /** Dies if the file is not there, after making it. */
  | { readonly does: "die-once"; readonly file: string };

export interface ActConfig {
  readonly acts: Readonly<Record<string, Act>>;
  /** Item names with equal affinity, and their costs; an item that is not named has its own affinity and cost 1. */
  readonly affinity?: Readonly<Record<string, string>>;
  readonly cost?: Readonly<Record<string, number>>;
}

let met = 0;
const meeting = Promise.withResolvers<void>();

/** Does one act. */
export async function runAct(act: Act, context: ItemContext): Promise<Json> {
  switch (act.does) {
    case "double":
      return act.value * 2;
    case "meet":
      if (++met >= act.count) meeting.resolve();
      await meeting.promise;
      return met;
    case "put":
      return await context.objects.put(new TextEncoder().encode(act.text));
    case "print":
      console.log(act.text);
      return act.text;
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
      return await new Promise(() => {});
    case "die-once":
      if (await Deno.stat(act.file).then(() => true, () => false)) return "alive";
      await Deno.writeTextFile(act.file, "");
      return await die();
    case "die":
      return await die();
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

async function die(): Promise<never> {
  console.error("about to die");
  await new Promise((resolve) => setTimeout(resolve, 20)); // until the line is out
  Deno.kill(Deno.pid, "SIGKILL");
  return await new Promise(() => {});
}
