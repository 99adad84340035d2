import { assertEquals } from "@std/assert";
import { compile } from "../src/compiler/compile.ts";
import { planOutputDigest } from "../src/core/identity.ts";
import type { PlanNode } from "../src/compiler/plan.ts";
import { digestOf, sha256 } from "../src/core/digest.ts";
import { PINNED_IDENTITY } from "../src/engine/library/identity.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { ROOT } from "./testing/weft.ts";

/**
 * A plan that moves without a reason makes people train again. Renew with `deno test -A -u tests/pipelines_test.ts` and read the diff:
 * each digest that changed is a result that is no longer found.
 */
for (const path of pipelinesBelow("pipelines")) {
  Deno.test(`the plan of ${path} is as it was`, async (t) => {
    const text = await Deno.readTextFile(`${ROOT}${path}`);
    const plan = compile({ path, text }, stageKinds(PINNED_IDENTITY, () => "x86_64"));
    if (!plan.ok) throw new Error(JSON.stringify(plan.error));
    assertEquals(plan.value.warnings, []);
    await t.assertSnapshot(plan.value.nodes.map(summary));
  });
}

function pipelinesBelow(folder: string): string[] {
  return [...Deno.readDirSync(`${ROOT}${folder}`)].toSorted((a, b) => a.name < b.name ? -1 : 1).flatMap(
    (entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory ? pipelinesBelow(path) : path.endsWith(".yaml") ? [path] : [];
    },
  );
}

function summary({ instance, kind, identityConfig, inputs, output, items }: PlanNode) {
  return {
    instance,
    kind: `${kind.name}@${kind.version}`,
    settings: identityConfig,
    inputs: Object.fromEntries(Object.entries(inputs).map(([input, { instances }]) => [input, instances])),
    ...(output !== undefined && { output: planOutputDigest(kind.output, output) }),
    ...(items && {
      items: items.length,
      identities: sha256(items.map(({ identity }) => digestOf(identity)).join()),
    }),
  };
}
