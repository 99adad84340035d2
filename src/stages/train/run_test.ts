import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json, JsonObject } from "../../core/json.ts";
import type { SavedState } from "../../core/stage_kind.ts";
import { openInstalledLibrary } from "../../engine/testing/library.ts";
import {
  ARCHITECTURES,
  fresh,
  OPTIMIZERS,
  type Ran,
  settingsOf,
  STEPS_PER_EPOCH,
  withWorkbench,
} from "./testing/trainings.ts";

await openInstalledLibrary();

/** Pauses after each step. */
const STEPWISE = { secondsPerCall: 1e-9, firstSteps: 1 };
/** And saves there. */
const SAVING = { ...STEPWISE, firstSave: 0, saveEvery: 0 };

for (const [kind, architecture] of Object.entries(ARCHITECTURES)) {
  for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
    const settings = settingsOf(architecture, optimizer);

    Deno.test(`train() of a ${kind} with ${name} gives the same bytes however often it is interrupted`, async () => {
      const whole = await fresh(settings, { epochs: 4 });
      const calls = fc.array(fc.integer({ min: 1, max: 2 * STEPS_PER_EPOCH }), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(calls, (interruptions) =>
          withWorkbench(settings, async (bench) => {
            let steps = 0;
            for (const after of interruptions) {
              let calls = 0;
              const ran = await bench.run({ epochs: 4, pace: STEPWISE, stopAt: () => ++calls === after });
              steps += ran.steps;
            }
            const last = await bench.run({ epochs: 4, pace: STEPWISE });
            assertEquals(last.outcome, whole.outcome);
            assertEquals(steps + last.steps, 4 * STEPS_PER_EPOCH); // no step is taken twice
          })),
        { numRuns: 4 },
      );
    });

    Deno.test(`train() of a ${kind} with ${name} gives the same bytes from each state that it saves on the way`, () =>
      withWorkbench(settings, async (bench) => {
        const whole = await bench.run({ epochs: 3, pace: SAVING });
        const places = whole.saved.filter(({ state }) => isPlace(state));
        assertEquals(places.length, 3 * STEPS_PER_EPOCH); // one a step, the lasting one at the end
        assertEquals(whole.outcome, (await fresh(settings, { epochs: 3 })).outcome);
        for (const [i, { state }] of places.entries()) {
          const { outcome, steps } = await bench.run({ epochs: 3, states: [state] });
          assertEquals(outcome, whole.outcome);
          assertEquals(steps, 3 * STEPS_PER_EPOCH - i - 1);
        }
      }));

    Deno.test(`train() of a ${kind} with ${name} goes on from 2 epochs to 5, and gives the bytes of 5`, () =>
      withWorkbench(settings, async (bench) => {
        await bench.run({ epochs: 2 });
        const { outcome, steps, notes } = await bench.run({ epochs: 5 });
        assertEquals(outcome, (await fresh(settings, { epochs: 5 })).outcome);
        assertEquals(steps, 3 * STEPS_PER_EPOCH);
        assertEquals(notes[0], "goes on from epoch 2");
      }));
  }
}

const MLP = settingsOf(ARCHITECTURES["mlp"]!, OPTIMIZERS.adam);

Deno.test("train() takes fewer epochs from the weights that were kept, without a step", () =>
  withWorkbench(MLP, async (bench) => {
    await bench.run({ epochs: 5 });
    for (const epochs of [1, 3, 5]) {
      const { outcome, steps, saved } = await bench.run({ epochs });
      assertEquals(outcome, (await fresh(MLP, { epochs })).outcome);
      assertEquals([steps, saved.length], [0, 0]);
    }
  }));

Deno.test("train() only evaluates on another test split, once, and more epochs know both", () =>
  withWorkbench(MLP, async (bench) => {
    await bench.run({ epochs: 3 });
    const other = await bench.run({ epochs: 3, split: "other" });
    assertEquals(other.outcome, (await fresh(MLP, { epochs: 3, split: "other" })).outcome);
    assertEquals(other.steps, 0);
    assertEquals(other.saved.map(({ lasting }) => lasting), [true]);
    const again = await bench.run({ epochs: 3, split: "other" });
    assertEquals([again.outcome, again.steps, again.notes, again.saved], [other.outcome, 0, [], []]);
    for (const split of ["test", "other"]) {
      const more = await bench.run({ epochs: 4, split });
      assertEquals(more.outcome, (await fresh(MLP, { epochs: 4, split })).outcome);
      assertEquals(more.steps, split === "test" ? STEPS_PER_EPOCH : 0);
      assertEquals(
        more.notes[0],
        split === "test" ? "goes on from epoch 3" : "evaluates the weights after epoch 4",
      );
    }
  }));

Deno.test("train() hands on what it was told of other test splits, and the weights after epochs", () =>
  withWorkbench(MLP, async (bench) => {
    const last = ({ saved }: Ran) => saved.at(-1)!.state;
    const one = last(await bench.run({ epochs: 1 }));
    const three = last(await bench.run({ epochs: 3 }));
    const both = last(await bench.run({ epochs: 3, split: "other", states: [three] }));
    for (const split of ["test", "other"]) {
      assertEquals((await bench.run({ epochs: 3, split, states: [both, one] })).notes, []);
    }
    const four = last(await bench.run({ epochs: 4, states: [changed(both, { kept: [] }), both, one] }));
    assertEquals(valueOf(four)["kept"], [1, 2, 3]);
    const { steps, notes } = await bench.run({
      epochs: 4,
      split: "other",
      states: [changed(four, { kept: [] })],
    });
    assertEquals([steps, notes], [0, ["evaluates the weights after epoch 4"]]);
  }));

Deno.test("train() on another test split trains again where the weights after its epochs were not kept", () =>
  withWorkbench(MLP, async (bench) => {
    const { saved } = await bench.run({ epochs: 3 });
    const states = saved.map(({ state }) => changed(state, { kept: [] }));
    const { outcome, steps } = await bench.run({ epochs: 3, split: "other", states });
    assertEquals(outcome, (await fresh(MLP, { epochs: 3, split: "other" })).outcome);
    assertEquals(steps, 3 * STEPS_PER_EPOCH);
    const fewer = await bench.run({ epochs: 2, states });
    assertEquals([fewer.outcome, fewer.steps], [
      (await fresh(MLP, { epochs: 2 })).outcome,
      2 * STEPS_PER_EPOCH,
    ]);
  }));

Deno.test("train() keeps no weights after epochs where all of them are too large", () => {
  const wide = settingsOf({ kind: "mlp", depth: 2, width: 900, activation: "relu" }, OPTIMIZERS.sgd);
  return withWorkbench(wide, async (bench) => { // 3.3 MB
    const kept = async (epochs: number) => (await bench.run({ epochs, states: [] })).saved.at(-1)!.state;
    assertEquals(valueOf(await kept(2))["kept"], [1]);
    assertEquals(valueOf(await kept(3))["kept"], []);
  });
});

Deno.test("train() goes on from the furthest of several states", () =>
  withWorkbench(MLP, async (bench) => {
    const { saved } = await bench.run({ epochs: 2, pace: SAVING });
    const states = saved.map(({ state }) => state);
    for (const known of [states, states.toReversed()]) {
      const { outcome, steps } = await bench.run({ epochs: 3, states: known });
      assertEquals([outcome, steps], [(await fresh(MLP, { epochs: 3 })).outcome, STEPS_PER_EPOCH]);
    }
    const within = states.filter(isPlace).slice(0, STEPS_PER_EPOCH - 1);
    assertEquals((await bench.run({ epochs: 1, states: within })).steps, 1);
  }));

Deno.test("train() says first where it goes on", () =>
  withWorkbench(MLP, async (bench) => {
    await bench.run({ epochs: 3, pace: STEPWISE, stopAt: (done) => done > 0.4 });
    const { notes } = await bench.run({ epochs: 3, pace: STEPWISE });
    assertEquals(notes[0], "goes on within epoch 2");
  }));

Deno.test("train() saves a state when it is interrupted, one that lasts at the end, and none before a step", () =>
  withWorkbench(MLP, async (bench) => {
    const lasting = ({ saved }: Ran) =>
      saved.filter(({ state }) => isPlace(state)).map(({ lasting }) => lasting);
    const interrupted = await bench.run({ epochs: 3, pace: STEPWISE, stopAt: (done) => done > 0.4 });
    assertEquals(lasting(interrupted), [false]);
    const atOnce = await bench.run({ epochs: 3, pace: STEPWISE, stopAt: () => true });
    assertEquals([atOnce.outcome, atOnce.steps, atOnce.saved], [undefined, 0, []]);
    assertEquals(lasting(await bench.run({ epochs: 3 })), [true]);
  }));

Deno.test("train() saves a first state after its time, and others after theirs", async () => {
  const savedIn = async (times: { readonly firstSave: number; readonly saveEvery: number }) =>
    (await fresh(MLP, { epochs: 2, pace: { ...STEPWISE, ...times } })).saved.map(({ lasting }) => lasting);
  const [never, always] = [1e9, 0];
  assertEquals(await savedIn({ firstSave: never, saveEvery: always }), [true]);
  assertEquals(await savedIn({ firstSave: always, saveEvery: never }), [false, true]);
  const weightsAlone = 1; // those after the first epoch
  assertEquals(
    (await savedIn({ firstSave: always, saveEvery: always })).length,
    2 * STEPS_PER_EPOCH + weightsAlone,
  );
});

Deno.test("train() goes on from a diverged state to diverged at once, and interrupted it diverges to the same bytes", () => {
  const settings = settingsOf(
    { kind: "mlp", depth: 2, width: 8, activation: "linear" },
    { name: "sgd", learning_rate: 1e18 },
  );
  return withWorkbench(settings, async (bench) => {
    const whole = await bench.run({ epochs: 3, pace: SAVING });
    assertEquals(whole.outcome?.status, "diverged");
    assertEquals(whole.saved.at(-1)!.lasting, true);
    const onTheWay = whole.saved.map(({ state }) => state).find((state) => lossOf(state) === null);
    if (onTheWay === undefined) throw new Error("no state had a sum that is not finite");
    assertEquals((await bench.run({ epochs: 3, states: [onTheWay] })).outcome, whole.outcome);
    const longer = await bench.run({ epochs: 9 });
    assertEquals([longer.outcome, longer.steps], [whole.outcome, 0]);
  });
});

Deno.test("train() does not forget a loss that was not finite", () =>
  withWorkbench(MLP, async (bench) => {
    const { saved: [first] } = await bench.run({ epochs: 1, pace: SAVING });
    const states = [changed(first!.state, { at: { step: 1, sums: { loss: null, correct: 3 } } })];
    assertEquals((await bench.run({ epochs: 1, states })).outcome?.status, "diverged");
  }));

Deno.test("train() ignores states that are damaged, gone, of another format or of another program", () =>
  withWorkbench(MLP, async (bench) => {
    const whole = await bench.run({ epochs: 3, pace: SAVING });
    const places = whole.saved.map(({ state }) => state).filter(isPlace);
    const [first, , third] = places as [SavedState, SavedState, SavedState];
    const narrow = settingsOf({ kind: "mlp", depth: 2, width: 7, activation: "relu" }, OPTIMIZERS.adam);
    const other = await withWorkbench(narrow, async (narrow) => {
      const { state } = (await narrow.run({ epochs: 1 })).saved.at(-1)!;
      return await bench.objects.put(await narrow.objects.get(state.objects[0]!));
    });
    const bad = [
      changed(third, { format: 1 }),
      changed(third, { arrays: other }),
      changed(third, { arrays: "0".repeat(64) }),
      changed(third, { at: { step: STEPS_PER_EPOCH, sums: { loss: 1, correct: 1 } } }),
      changed(third, { at: null }),
      { ...third, value: null },
    ];
    const steps = async (states: readonly SavedState[]) => {
      const ran = await bench.run({ epochs: 3, states });
      assertEquals(ran.outcome, whole.outcome);
      return ran.steps;
    };
    assertEquals(await steps(bad), 3 * STEPS_PER_EPOCH);
    assertEquals(await steps([...bad, first]), 3 * STEPS_PER_EPOCH - 1);
    bench.objects.bytes.get(third.objects[0]!)![1000]! ^= 1;
    assertEquals(await steps([third, first]), 3 * STEPS_PER_EPOCH - 1);
  }));

Deno.test("train() throws at no value that a state may have", () =>
  withWorkbench(MLP, async (bench) => {
    const { saved } = await bench.run({ epochs: 1, pace: SAVING });
    const { state } = saved[1]!;
    const keys = Object.keys(valueOf(state));
    const field = fc.record({ key: fc.constantFrom(...keys), value: fc.jsonValue() });
    const hostile = fc.oneof(
      fc.jsonValue().map((value) => ({ ...state, value: value as Json })),
      field.map(({ key, value }) => changed(state, { [key]: value as Json })),
    );
    await fc.assert(
      fc.asyncProperty(hostile, async (state) => {
        assert((await bench.run({ epochs: 1, states: [state] })).outcome !== undefined);
      }),
      { numRuns: 60 },
    );
  }));

function changed(state: SavedState, fields: JsonObject): SavedState {
  return { ...state, value: { ...valueOf(state), ...fields } };
}

function valueOf({ value }: SavedState): JsonObject {
  return value as JsonObject;
}

/** Whether one can go on from a state. */
function isPlace(state: SavedState): boolean {
  return valueOf(state)["at"] !== null;
}

function lossOf(state: SavedState): Json | undefined {
  const at = valueOf(state)["at"] as { readonly sums: JsonObject } | null;
  return at?.sums["loss"];
}
