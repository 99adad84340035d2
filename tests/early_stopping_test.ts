import { assert, assertEquals } from "@std/assert";
import { artifacts, runPipeline, spawnWeft } from "./testing/weft.ts";

const STOPPED = `
weft: 1
name: stopped
params: { patience: 3 }
stages:
  digits: { kind: dataset, source: mnist-10k, subset: 2000, validation: 0.25 }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: 1, width: { choice: [10, 30] }, activation: relu }
    init: { scheme: he_normal }
    training:
      optimizer: { name: adam, learning_rate: { log_uniform: [1.0e-3, 1.0e-1] } }
      batch_size: 32
      label_noise: { choice: [0, 0.4] }
  draw: { kind: sampling, family: mlps, method: random, count: 4, seed: 1 }
  trained:
    kind: train
    sample: draw
    epochs: 40
    stop: { patience: "\${{ params.patience }}", restore: best }
    record: { every: 2 }
  quality: { kind: group, population: trained, by: validation_loss, rule: { thresholds: [0.5, 1] } }
  weights: { kind: analyze, population: trained, groups: quality }
  figure: { kind: plot, population: trained, groups: quality, figure: convergence }
`;

Deno.test("weft run with early stopping comes to the same bytes from a shorter patience and after Ctrl-C", async (t) => {
  const [reference, folder] = [await project(), await project()];
  await runPipeline("stopped.yaml", reference);
  const members = await table(reference, "members");
  const epochs = await table(reference, "epochs");

  await t.step("each model has its best epoch's weights, and stopped three epochs after it", () => {
    assertEquals(new Set(members.map(({ status }) => status)), new Set(["stopped_early"]));
    for (const { member, best_epoch, epochs: trained, validation_loss, test_accuracy } of members) {
      const rows = epochs.filter((row) => row["member"] === member);
      const losses = rows.map((row) => row["validation_loss"] as number);
      assertEquals(trained, rows.length);
      assertEquals(best_epoch, rows.length - 3);
      assertEquals(validation_loss, Math.min(...losses));
      assertEquals(test_accuracy, rows[rows.length - 4]!["test_accuracy"]);
    }
  });

  await t.step("a longer patience goes on from a shorter one, an interruption between them", async () => {
    await runPipeline("stopped.yaml", folder, "--set", "patience=1");
    const child = spawnWeft(["run", "stopped.yaml", "--format", "ndjson"], folder);
    await untilProgress(child);
    child.kill("SIGINT");
    assertEquals((await child.status).code, 130);
    await runPipeline("stopped.yaml", folder);
    const [made, expected] = [
      await artifacts(`${folder}/outputs/stopped`),
      await artifacts(`${reference}/outputs/stopped`),
    ];
    assertEquals([...made.keys()].sort(), [...expected.keys()].sort());
    for (const [file, content] of expected) assert(made.get(file) === content, `${file} differs`);
  });

  for (const made of [reference, folder]) await Deno.remove(made, { recursive: true });
});

async function project(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/stopped.yaml`, STOPPED);
  return folder;
}

async function table(folder: string, name: string): Promise<Record<string, unknown>[]> {
  return JSON.parse(await Deno.readTextFile(`${folder}/outputs/stopped/tables/trained/${name}.json`));
}

/** Until a model has told how far it is; reads on in the background. */
async function untilProgress(child: Deno.ChildProcess): Promise<void> {
  const reached = Promise.withResolvers<void>();
  child.stderr.pipeTo(new WritableStream());
  (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      if (text.includes('"item-progress"')) reached.resolve();
    }
    reached.reject(new Error("the run ended without progress"));
  })();
  await reached.promise;
}
