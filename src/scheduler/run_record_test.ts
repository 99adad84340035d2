import { assert, assertEquals } from "@std/assert";
import type { JsonObject } from "../core/json.ts";
import { Store } from "../store/store.ts";
import { allOutputs, runRecord } from "./run_record.ts";
import { identityOf, outputOf } from "./stage_lookup.ts";
import { fakePlan, valuesKind, wholeKind } from "./testing/plans.ts";

const kind = wholeKind((of) => of);
const plan = fakePlan({
  numbers: { kind: valuesKind(), config: { values: [1] } },
  total: { kind, config: { scale: 2 }, inputs: { of: "numbers" } },
  figure: { kind, inputs: { of: "total" } },
});
const [, total, figure] = plan.nodes;

Deno.test("runRecord() tells settings, inputs, identity and output of each stage, and null for what is not there", () => {
  const outputs = new Map([["numbers", outputOf(plan.nodes[0]!, [1])]]);
  const { engine, stages } = runRecord(plan, outputs, "tensorflow-1") as Record<string, JsonObject>;
  assertEquals(engine as unknown, "tensorflow-1");
  const { identity, ...rest } = stages!.total as JsonObject;
  assert(typeof identity === "string");
  assertEquals(rest, {
    kind: "whole",
    version: 1,
    settings: { scale: 2 },
    inputs: { of: ["numbers"] },
    output: null,
  });
  assertEquals((stages!.figure as JsonObject).identity, null);
  assertEquals((stages!.numbers as JsonObject).output, outputs.get("numbers")!.digest);
});

Deno.test("allOutputs() takes what ran from the run, and what the run left out from the store", async () => {
  const root = await Deno.makeTempDir();
  const store = await Store.open(root);
  const made = (node: typeof total, value: number) => ({
    node: node!,
    status: "ran" as const,
    output: outputOf(node!, value),
    seconds: 1,
  });
  const some = await allOutputs(plan, [made(total, 5)], store);
  assertEquals([...some.keys()], ["numbers", "total"]);
  await store.add({ identity: identityOf(figure!, some), value: 7, objects: [], seconds: 1 });
  const all = await allOutputs(plan, [made(total, 5)], store);
  assertEquals(all.get("figure"), outputOf(figure!, 7));
  await store.close();
  await Deno.remove(root, { recursive: true });
});
