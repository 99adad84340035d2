import { canonicalJson } from "../../core/json.ts";
import type { Digest } from "../../core/digest.ts";
import type { ItemContext } from "../../core/stage_kind.ts";
import { type Distribution, distributions, type Normalization } from "./distribution.ts";
import type { Measure } from "./schema.ts";
import { type Statistics, statistics } from "./statistics.ts";
import { type Position, readTensors, type TensorPair } from "./tensors.ts";

/** What is to be measured on one member. */
export type MeasureWork = { readonly weights: Digest; readonly measures: readonly Measure[] };
/** The object that holds the member's {@link TensorMeasures}, one a tensor, as canonical JSON. */
export type MeasureOutcome = { readonly tensors: Digest };

/** The times of a tensor, and what training changed: final - init. */
export const PHASES = ["init", "final", "difference"] as const;
export type Phase = typeof PHASES[number];
/** The phases with distributions. */
export const DISTRIBUTION_PHASES = ["init", "final"] as const;

/** The measures of one tensor of a member, those that were asked for. */
export interface TensorMeasures {
  readonly name: string;
  readonly layer: number;
  readonly position: Position;
  readonly role: string;
  readonly statistics?: Readonly<Record<Phase, Statistics>>;
  readonly distribution?: Readonly<
    Record<typeof DISTRIBUTION_PHASES[number], Readonly<Record<Normalization, Distribution>>>
  >;
}

/** Measures all tensors of a member and stores the numbers as one object. */
export async function measureMember(work: MeasureWork, context: ItemContext): Promise<MeasureOutcome> {
  const tensors = readTensors(await context.objects.get(work.weights));
  const measured: TensorMeasures[] = [];
  for (const tensor of tensors) {
    context.signal.throwIfAborted();
    context.progress(measured.length / tensors.length, tensor.name);
    measured.push(measureTensor(tensor, work.measures));
  }
  return { tensors: await context.objects.put(new TextEncoder().encode(canonicalJson(measured))) };
}

/** All in float64, from the float32 values. */
export function measureTensor(tensor: TensorPair, measures: readonly Measure[]): TensorMeasures {
  const { name, layer, position, role, fanIn } = tensor;
  const init = new Float64Array(tensor.init);
  const final = new Float64Array(tensor.final);
  const ofInit = statistics(init, fanIn);
  const ofFinal = statistics(final, fanIn);
  const ofDifference = () => statistics(final.map((value, i) => value - init[i]!), fanIn);
  return {
    name,
    layer,
    position,
    role,
    ...(measures.includes("statistics") &&
      { statistics: { init: ofInit, final: ofFinal, difference: ofDifference() } }),
    ...(measures.includes("distribution") &&
      { distribution: { init: distributions(init, ofInit), final: distributions(final, ofFinal) } }),
  };
}
