import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { TrainedMember } from "../../artifacts/population.ts";
import { finalRow } from "../../artifacts/population.ts";
import type { MemberSettings } from "../../artifacts/settings.ts";
import { canonicalJson } from "../../core/json.ts";
import type { StopRule } from "../../engine/stopping.ts";
import { openInstalledLibrary } from "../../engine/testing/library.ts";
import {
  ARCHITECTURES,
  fresh,
  type Ran,
  type RunOptions,
  settingsOf,
  STEPS_PER_EPOCH,
  withWorkbench,
} from "./testing/trainings.ts";

await openInstalledLibrary();

/** Its validation loss falls up to epoch 10, is above that in 11 and 12, and below it in 13. */
const MLP = settingsOf(ARCHITECTURES["mlp"]!, { name: "adam", learning_rate: 0.028 });
/** 3.3 MB: the weights after each epoch are not kept. */
const WIDE = settingsOf({ kind: "mlp", depth: 2, width: 900, activation: "relu" }, {
  name: "sgd",
  learning_rate: 0.02,
  momentum: 0.9,
});
const STOP: StopRule = { by: "validation_loss", patience: 2, min_delta: 0, restore: "last" };
const BEST: StopRule = { ...STOP, restore: "best" };
/** Pauses after each step. */
const STEPWISE = { secondsPerCall: 1e-9, firstSteps: 1 };
/** And saves there. */
const SAVING = { ...STEPWISE, firstSave: 0, saveEvery: 0 };

Deno.test("train() with a rule ends where patience runs out, and takes not a step more", () =>
  withWorkbench(MLP, async (bench) => {
    const { outcome, steps } = await bench.run({ epochs: 20, validation: true, stop: STOP });
    assertEquals([outcome!.status, outcome!.epochs.length, outcome!.best_epoch], ["stopped_early", 12, null]);
    assertEquals(steps, 12 * STEPS_PER_EPOCH);
    const whole = await fresh(MLP, { epochs: 20, validation: true });
    assertEquals(outcome!.epochs, whole.outcome!.epochs.slice(0, 12));
  }));

Deno.test("train() that restores the best epoch has its weights, and the test accuracy that they have", () =>
  withWorkbench(MLP, async (bench) => {
    const stopped = await bench.run({ epochs: 20, validation: true, stop: BEST });
    assertEquals([stopped.outcome!.status, stopped.outcome!.best_epoch], ["stopped_early", 10]);
    const ten = await withWorkbench(MLP, async (bench) => {
      const ran = await bench.run({ epochs: 10, validation: true });
      return { row: ran.outcome!.epochs.at(-1), weights: await bench.weightsOf(ran) };
    });
    assertEquals(await bench.weightsOf(stopped), ten.weights);
    assertEquals(finalRow(stopped.outcome as unknown as TrainedMember), ten.row);
    const whole = await fresh(MLP, { epochs: 11, validation: true, stop: BEST });
    assertEquals([whole.outcome!.status, whole.outcome!.best_epoch], ["done", 10]);
  }));

Deno.test("train() goes on from where a training that restored its best epoch really stood", () =>
  withWorkbench(MLP, async (bench) => {
    await bench.run({ epochs: 20, validation: true, stop: BEST });
    const patient = await bench.run({ epochs: 20, validation: true, stop: { ...BEST, patience: 4 } });
    assertEquals(patient.notes[0], "goes on from epoch 12");
    const whole = await fresh(MLP, { epochs: 20, validation: true, stop: { ...BEST, patience: 4 } });
    assertEquals(patient.outcome, whole.outcome);
    assertEquals(patient.steps, whole.steps - 12 * STEPS_PER_EPOCH);
  }));

Deno.test("train() takes no step for a rule, recorded epochs or a validation split that come after the training", () =>
  withWorkbench(MLP, async (bench) => {
    await bench.run({ epochs: 20 });
    const later: RunOptions[] = [
      { epochs: 20, validation: true },
      { epochs: 20, validation: true, stop: STOP },
      { epochs: 20, validation: true, stop: BEST, record: [1, 5] },
      { epochs: 18, stop: { ...BEST, by: "train_loss" }, record: { every: 3 } },
    ];
    for (const options of later) {
      const { outcome, steps } = await bench.run(options);
      assertEquals([outcome, steps], [(await fresh(MLP, options)).outcome, 0]);
    }
    const { notes, saved } = await bench.run(later[0]!);
    assertEquals([notes, saved], [[], []]);
  }));

Deno.test("train() records the weights after the epochs that are asked for and reached", () =>
  withWorkbench(MLP, async (bench) => {
    const ran = await bench.run({ epochs: 20, validation: true, stop: STOP, record: { every: 5 } });
    assertEquals(ran.outcome!.recorded, [5, 10]);
    const weights = await bench.weightsOf(ran);
    for (const epoch of [5, 10]) {
      const shorter = await withWorkbench(
        MLP,
        async (bench) => bench.weightsOf(await bench.run({ epochs: epoch })),
      );
      for (const [name, values] of shorter) {
        if (name.startsWith("final/")) {
          assertEquals(weights.get(name.replace("final", `epoch_${epoch}`)), values);
        }
      }
    }
    assertEquals(
      new Set([...weights.keys()].map((name) => name.split("/")[0])),
      new Set(["init", "epoch_5", "epoch_10", "final"]),
    );
  }));

Deno.test("train() gives what it gives alone, whatever was asked before and wherever that was interrupted", async () => {
  const alone = new Map<string, Promise<Ran>>();
  const outcomeAlone = async (options: RunOptions) => {
    const key = canonicalJson(options as never);
    if (!alone.has(key)) alone.set(key, fresh(MLP, options));
    return (await alone.get(key)!).outcome;
  };
  const request = fc.record({
    options: fc.record({
      epochs: fc.constantFrom(3, 6, 13),
      validation: fc.boolean(),
      split: fc.constantFrom("test", "other"),
      stop: fc.constantFrom<(StopRule | undefined)[]>(
        undefined,
        { ...STOP, by: "test_loss", patience: 1 },
        { ...BEST, by: "test_accuracy", patience: 2, min_delta: 0.05 },
        { ...BEST, by: "train_loss", patience: 1 },
      ),
      record: fc.constantFrom<RunOptions["record"][]>(undefined, [1, 3], { every: 2 }),
    }),
    interruptions: fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 2 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 5 }),
      (requests) =>
        withWorkbench(MLP, async (bench) => {
          for (const { options, interruptions } of requests) {
            const given = { ...options, stop: options.stop!, record: options.record! };
            if (options.stop === undefined) Reflect.deleteProperty(given, "stop");
            if (options.record === undefined) Reflect.deleteProperty(given, "record");
            for (const after of interruptions) {
              let calls = 0;
              await bench.run({ ...given, pace: SAVING, stopAt: () => ++calls === after });
            }
            assertEquals((await bench.run(given)).outcome, await outcomeAlone(given));
          }
        }),
    ),
    { numRuns: 10 },
  );
});

Deno.test("train() of a model whose weights are not all kept gives the same bytes however often it is interrupted", async () => {
  const options: RunOptions = { epochs: 5, validation: true, stop: { ...BEST, patience: 4 }, record: [2, 4] };
  const whole = await fresh(WIDE, options);
  assertEquals([whole.outcome!.epochs.length, whole.outcome!.recorded], [5, [2, 4]]);
  await withWorkbench(WIDE, async (bench) => {
    let steps = 0;
    for (let after = 1; steps < 5 * STEPS_PER_EPOCH; after = after % 5 + 1) {
      let calls = 0;
      steps += (await bench.run({ ...options, pace: STEPWISE, stopAt: () => ++calls > after })).steps;
    }
    assertEquals(steps, 5 * STEPS_PER_EPOCH); // no step is taken twice
    assertEquals((await bench.run(options)).outcome, whole.outcome);
  });
});

Deno.test("train() of a large model keeps the weights of its best epoch alone for a rule that may restore them", () =>
  withWorkbench(WIDE, async (bench) => {
    const by = { by: "test_loss", patience: 9, min_delta: 0 } as const; // falls at first
    const epochs = 5;
    for (const [restore, most] of [["best", 1], ["last", 0]] as const) {
      const { saved } = await bench.run({ epochs, stop: { ...by, restore }, pace: SAVING, states: [] });
      assertEquals(saved.length, epochs * STEPS_PER_EPOCH);
      const kept = saved.map(({ state }) =>
        (state.value as { readonly kept: readonly number[] }).kept.length
      );
      assertEquals(Math.max(...kept), most);
    }
  }));

Deno.test("train() of a large model trains again for weights that were not kept, and goes on before those that were", () =>
  withWorkbench(WIDE, async (bench) => {
    await bench.run({ epochs: 4, record: [2] });
    const ran = async (options: RunOptions) => {
      const { outcome, steps } = await bench.run(options);
      assertEquals(outcome, (await fresh(WIDE, options)).outcome);
      return steps / STEPS_PER_EPOCH;
    };
    assertEquals(await ran({ epochs: 4 }), 0);
    assertEquals(await ran({ epochs: 2 }), 0);
    assertEquals(await ran({ epochs: 5, record: [2, 4] }), 1);
    assertEquals(await ran({ epochs: 4, record: [2, 3] }), 4);
    assertEquals(await ran({ epochs: 4, record: [2, 3], validation: true }), 4);
  }));

Deno.test("train() of a large model for fewer epochs does not end with the weights of a state within the next one", () =>
  withWorkbench(WIDE, async (bench) => {
    await bench.run({ epochs: 6, pace: STEPWISE, stopAt: (done) => done > 4.3 / 6 });
    const fewer = await bench.run({ epochs: 4 });
    assertEquals(fewer.outcome, (await fresh(WIDE, { epochs: 4 })).outcome);
    assertEquals(fewer.steps, 4 * STEPS_PER_EPOCH);
  }));

Deno.test("train() writes the recorded weights of a large model once on the way, however often it saves", () =>
  withWorkbench(WIDE, async (bench) => {
    const epochs = 6;
    const ran = await bench.run({ epochs, record: { every: 1 }, pace: SAVING });
    const size = 4 * (16 * 900 + 900 + 900 * 900 + 900 + 900 * 3 + 3);
    const bytes = ({ state }: Saved) => bench.objects.bytes.get(state.objects[0]!)!.length;
    const [apart, places] = [ran.saved.filter(isApart), ran.saved.filter((saved) => !isApart(saved))];
    assertEquals(apart.map(({ lasting }) => lasting), Array(epochs).fill(true));
    assertEquals(apart.at(-1)!.state.objects, [ran.outcome!.weights]); // those after the last epoch
    for (const saved of apart.slice(0, -1)) assertBetween(bytes(saved), size, 1.01 * size);
    for (const saved of places) assertBetween(bytes(saved), 2 * size, 2.01 * size); // weights and momentum
  }));

Deno.test("train() writes recorded weights that no state on the way has into the result alone, and finds them there", () =>
  withWorkbench(WIDE, async (bench) => {
    const ran = await bench.run({ epochs: 4, record: [2, 3] });
    const size = bench.objects.bytes.get(ran.outcome!.weights)!.length / 4; // init, two epochs, final
    const [last] = ran.saved;
    assertBetween(bench.objects.bytes.get(last!.state.objects[0]!)!.length, 1.99 * size, 2.01 * size);
    const again = await bench.run({ epochs: 3, record: [2] });
    assertEquals([again.outcome, again.steps], [(await fresh(WIDE, { epochs: 3, record: [2] })).outcome, 0]);
  }));

Deno.test("train() has rows of the validation split where there is one, and only there", async () => {
  const { outcome } = await fresh(MLP, { epochs: 2, validation: true });
  const without = await fresh(MLP, { epochs: 2 });
  for (const [i, row] of outcome!.epochs.entries()) {
    const { validation_loss, validation_accuracy, ...rest } = row;
    assert(validation_loss! > 0 && validation_accuracy! > 0 && validation_loss !== row.test_loss);
    assertEquals(rest, without.outcome!.epochs[i]);
  }
});

Deno.test("train() ends at once with a learning rate of 1e30, whatever its rule", async () => {
  const exploding = settingsOf({ kind: "mlp", depth: 2, width: 8, activation: "linear" }, {
    name: "sgd",
    learning_rate: 1e30,
  });
  for (const stop of [STOP, BEST]) {
    const { outcome, steps } = await fresh(exploding, { epochs: 9, validation: true, stop });
    assertEquals([outcome!.status, outcome!.best_epoch, steps], ["diverged", null, STEPS_PER_EPOCH]);
    const [{ train_loss, test_loss, validation_loss }] = outcome!.epochs as [TrainedMember["epochs"][number]];
    assertEquals([train_loss, test_loss, validation_loss], [null, null, null]);
  }
});

Deno.test("train() that diverges after its best epoch restores that one's weights, also when it was interrupted", async () => {
  for (const learning_rate of [0.7, 1]) {
    const unstable = settingsOf({ kind: "mlp", depth: 3, width: 8, activation: "linear" }, {
      name: "sgd",
      learning_rate,
    });
    const options: RunOptions = { epochs: 30, stop: { ...BEST, by: "test_loss", patience: 9 } };
    await withWorkbench(unstable, async (bench) => {
      let calls = 0;
      await bench.run({ ...options, pace: STEPWISE, stopAt: () => ++calls > 1.5 * STEPS_PER_EPOCH });
      const ran = await bench.run(options);
      const { status, best_epoch, epochs } = ran.outcome!;
      assert(status === "diverged" && best_epoch! < epochs.length && epochs.length < 30);
      assertEquals(ran.outcome, (await fresh(unstable, options)).outcome);
      assertEquals(
        await bench.weightsOf(ran),
        await withWorkbench(
          unstable,
          async (bench) => bench.weightsOf(await bench.run({ epochs: best_epoch! })),
        ),
      );
    });
  }
});

Deno.test("train() says diverged of weights that the last step made infinite, and goes on from them to the step that sees it", () => {
  const atTheEnd: MemberSettings = {
    ...MLP,
    training: { optimizer: { name: "sgd", learning_rate: 1e30 }, batch_size: 72 }, // one step an epoch
  };
  return withWorkbench(atTheEnd, async (bench) => {
    const one = await bench.run({ epochs: 1 });
    assertEquals([one.outcome!.status, one.steps], ["diverged", 1]);
    assert(one.outcome!.epochs[0]!.train_loss! > 0);
    assertEquals(one.outcome!.epochs[0]!.test_loss, null);
    const more = await bench.run({ epochs: 5 });
    assertEquals(more.outcome, (await fresh(atTheEnd, { epochs: 5 })).outcome);
    assertEquals([more.outcome!.status, more.outcome!.epochs.length, more.steps], ["diverged", 2, 1]);
    assertEquals(more.outcome!.epochs[1]!.train_loss, null);
  });
});

type Saved = Ran["saved"][number];

/** Whether it holds weights alone. */
function isApart({ state }: Saved): boolean {
  return (state.value as { readonly at: unknown }).at === null;
}

function assertBetween(value: number, least: number, most: number): void {
  assert(value >= least && value <= most, `${value} is not between ${least} and ${most}`);
}
