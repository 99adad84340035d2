/**
 * The engine process, the only one that may use native code: `deno run ... worker.ts STORE ENGINE`. What it says to the
 * head is in scheduler/engine_process/protocol.ts.
 */
import { processorClass } from "./core/processor.ts";
import { FORWARD_TASK } from "./engine/export/task.ts";
import { exitAtOnce } from "./engine/tensorflow/c_api.ts";
import { serveItems, type Tasks } from "./scheduler/engine_process/serve_items.ts";
import { stageKinds } from "./stages/registry.ts";
import { Objects } from "./store/objects.ts";

const [store, engine] = Deno.args;
if (store === undefined || engine === undefined) {
  throw new TypeError("Cannot serve items: worker.ts takes the store's folder and the engine's identity");
}
const kinds = stageKinds(engine, processorClass).flatMap((kind) =>
  kind.contract === "items" ? [[kind.name, kind.load] as const] : []
);
const tasks: Tasks = {
  ...Object.fromEntries(kinds),
  [FORWARD_TASK]: async () => (await import("./engine/export/forward_graph.ts")).buildForward,
};
await serveItems(tasks, new Objects(store), exitAtOnce);
