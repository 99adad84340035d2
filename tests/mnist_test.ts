import { assert, assertEquals } from "@std/assert";
import { runPipeline } from "./testing/weft.ts";

const PIPELINE = `weft: 1
name: accuracy
stages:
  digits: { kind: dataset, source: mnist }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: 2, width: 200, activation: relu }
    init: { scheme: he_normal }
    training: { optimizer: { name: adam, learning_rate: 1.0e-3 }, batch_size: 64 }
  draw: { kind: sampling, family: mlps, method: random, count: 2, seed: 1 }
  trained: { kind: train, sample: draw, epochs: 10 }
`;

Deno.test({
  name:
    "an MLP of two layers of 200 units reaches 97.8 % on the 10,000 test digits of MNIST within 10 epochs",
  ignore: Deno.env.get("WEFT_DATA") === undefined, // 60,000 digits are not downloaded for a test
  fn: async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/accuracy.yaml`, PIPELINE);
    const { summary } = await runPipeline("accuracy.yaml", folder);
    assertEquals(summary.models, { trained: 2, stored: 0, failed: 0 });
    const members = JSON.parse(
      await Deno.readTextFile(`${folder}/outputs/accuracy/tables/trained/members.json`),
    );
    for (const { best_test_accuracy } of members) {
      assert(best_test_accuracy >= 0.978, `${best_test_accuracy}`);
    }
    await Deno.remove(folder, { recursive: true });
  },
});
