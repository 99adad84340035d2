/** Another process that looks at a store: takes `{ask, identity}` as lines, and answers with what the store says. */
import type { Digest } from "../../core/digest.ts";
import { Store } from "../store.ts";

interface Question {
  readonly ask: "has" | "read" | "readAll";
  readonly identity: Digest;
}

const [root, cache] = Deno.args as [string, string];
const warnings: string[] = [];
const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
let text = "";
for await (const piece of lines) {
  text += piece;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
    const { ask, identity } = JSON.parse(text.slice(0, end)) as Question;
    text = text.slice(end + 1);
    store.refresh();
    console.log(JSON.stringify({ answer: (await store[ask](identity)) ?? null, warnings }));
  }
}
await store.close();
