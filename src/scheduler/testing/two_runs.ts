import type { Json } from "../../core/json.ts";
import { fakePlan, itemsKind, sum, valuesKind, wholeKind } from "./plans.ts";
import { runOnce } from "./runs.ts";

/*
 * A run as a process of its own: `two_runs.ts FOLDER ITEMS CONCURRENCY`. It writes a line for each event, and one for each
 * item that it computes: `computes 3`. It ends an item when the file `FOLDER/go` is there.
 */
const [folder, items, concurrency] = [Deno.args[0]!, Number(Deno.args[1]), Number(Deno.args[2])];

const wait = async (work: Json) => {
  console.log(`computes ${work}`);
  while (!await Deno.stat(`${folder}/go`).then(() => true, () => false)) await pause(5);
  await pause(1);
  return work;
};
const plan = fakePlan({
  numbers: { kind: valuesKind(), config: { values: Array.from({ length: items }, (_, i) => i) } },
  waited: { kind: itemsKind(wait), inputs: { values: "numbers" } },
  total: {
    kind: wholeKind((of) => (console.log("computes total"), sum(of))),
    inputs: { of: "waited" },
  },
});
const told = ({ type }: { readonly type: string }) => console.log(type);
const { result, output } = await runOnce(folder, plan, { concurrency, told });
console.log(`ends ${result.ok} ${output("total")}`);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
