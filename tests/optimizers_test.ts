import { assertEquals } from "@std/assert";
import { ROOT, runPipeline } from "./testing/weft.ts";

Deno.test("pipelines/examples/optimizers.yaml trains the same members with two optimizers, and draws them in pairs", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${ROOT}pipelines/examples/optimizers.yaml`;
  const { summary } = await runPipeline(file, folder, "--set", "pairs=3", "--set", "epochs=1");
  assertEquals(summary.models, { trained: 6, stored: 0, failed: 0 });
  const outputs = `${folder}/outputs/optimizers`;
  const [adam, sgd] = await Promise.all(["adam", "sgd"].map((name) => members(outputs, name)));
  assertEquals(adam!.map(({ seed, "architecture.width": width }) => [seed, width]), [
    ...sgd!.map(({ seed, "architecture.width": width }) => [seed, width]),
  ]);
  assertEquals(adam!.map((member) => member["training.optimizer.name"]), ["adam", "adam", "adam"]);
  const spec = JSON.parse(await Deno.readTextFile(`${outputs}/figures/pairs.vl.json`));
  const rows = Object.values(spec.datasets as Record<string, { optimizer: string; member: string }[]>)[0]!;
  assertEquals(
    rows.map(({ optimizer, member }) => `${optimizer} ${member}`).sort(),
    [
      ...adam!.map(({ member }) => `adam ${member}`),
      ...sgd!.map(({ member }) => `sgd ${member}`),
    ].sort(),
  );
  await Deno.remove(folder, { recursive: true });
});

/** The rows of table `members` for one optimizer. */
async function members(outputs: string, optimizer: string): Promise<Record<string, unknown>[]> {
  const path = `${outputs}/tables/trained/optimizer=${optimizer}/members.json`;
  return JSON.parse(await Deno.readTextFile(path));
}
