import { assertAlmostEquals } from "@std/assert";
import type { MemberSettings } from "../../src/artifacts/settings.ts";
import { sha256 } from "../../src/core/digest.ts";
import { elementCount } from "../../src/core/shape.ts";
import type { DataTensors } from "../../src/engine/data_variables.ts";
import { Program } from "../../src/engine/program.ts";
import { programKey } from "../../src/engine/program_key.ts";
import { NativeTensor } from "../../src/engine/tensorflow/tensor.ts";
import { openInstalledLibrary } from "../../src/engine/testing/library.ts";
import { type TrainingProgram, type TrainingState, trainMember } from "../../src/engine/training.ts";
import { readReference, type ReferenceArray } from "./reading.ts";

interface Reference {
  readonly problem: {
    readonly images: ReferenceArray;
    readonly labels: ReferenceArray;
    /** [epochs, examples] */
    readonly order: ReferenceArray;
    readonly weights: readonly ReferenceArray[];
  };
  readonly trainings: readonly {
    readonly training: Omit<MemberSettings["training"], "batch_size">;
    /** Of each epoch. */
    readonly losses: readonly number[];
    /** At the end. */
    readonly weights: readonly ReferenceArray[];
  }[];
}

const { problem, trainings } = await readReference<Reference>("optimizers");
const [EPOCHS, EXAMPLES] = problem.order.shape as [number, number];
const BATCH = 6;
await openInstalledLibrary();

for (const { training, losses, weights } of trainings) {
  Deno.test(`trainMember() with ${JSON.stringify(training)} takes PyTorch's steps`, async () => {
    const { state } = await train({
      architecture: { kind: "mlp", widths: [5], activation: "tanh" },
      init: { scheme: "zeros", scale: 1 },
      training: { ...training, batch_size: BATCH },
    });
    for (const [i, loss] of losses.entries()) assertAlmostEquals(state.epochs[i]!.train_loss!, loss, 2e-6);
    for (const [i, { values }] of weights.entries()) {
      for (const [j, value] of values.entries()) {
        assertAlmostEquals(state.weights[i]![j]!, value, 1e-5, `weight ${j} of tensor ${i}`);
      }
    }
  });
}

/** Trains from the given weights, in the given order. */
async function train(settings: MemberSettings) {
  const split = { count: EXAMPLES, digest: sha256("reference") };
  const dataset = {
    shape: [2, 3, 1],
    classes: ["a", "b", "c"],
    splits: { train: split, test: split },
    derived: {
      from: { shape: [2, 3, 1], splits: { train: split, test: split } },
      transforms: { normalize: "standard" },
    },
  } as const;
  const data = makeData();
  const program = Program.open(programKey(dataset, { settings }), data);
  try {
    return await trainMember(inOrder(program), settings, {
      seed: "0000000000000001",
      epochs: EPOCHS,
      signal: new AbortController().signal,
      from: beginning(program),
    });
  } finally {
    program.close();
    for (const tensor of new Set(Object.values(data))) tensor.free();
  }
}

/** The program, given the examples in the reference's order. */
function inOrder(program: Program): TrainingProgram {
  let epoch = 0;
  return Object.create(program, {
    beginEpoch: {
      value: (_order: Int32Array, numbers: Float32Array, draws: BigUint64Array) => {
        const order = problem.order.values.slice(epoch * EXAMPLES, (epoch + 1) * EXAMPLES);
        epoch++;
        return program.beginEpoch(Int32Array.from(order), numbers, draws);
      },
    },
  });
}

function beginning({ slotTensors }: Program): TrainingState {
  return {
    weights: problem.weights.map(({ values }) => Float32Array.from(values)),
    slots: slotTensors.map(({ shape }) => new Float32Array(elementCount(shape))),
    epochs: [],
    step: 0,
    sums: { loss: 0, correct: 0 },
    weightsAfter: new Map(),
  };
}

function makeData(): DataTensors {
  const images = NativeTensor.from(Uint8Array.from(problem.images.values), "uint8", problem.images.shape);
  const pixels = problem.images.shape[1]!;
  const each = (value: number) =>
    NativeTensor.from(new Float32Array(pixels).fill(value), "float32", [pixels]);
  const labels = NativeTensor.from(Int32Array.from(problem.labels.values), "int32", [EXAMPLES]);
  const [mean, scale] = [each(127.5), each(1 / 64)];
  return { trainImages: images, trainLabels: labels, testImages: images, testLabels: labels, mean, scale };
}
