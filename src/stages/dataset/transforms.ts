import type { Choice, DrawnChoice, SourceDataset, Transforms } from "../../artifacts/dataset.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { countOf } from "../../engine/data/transforms/derive.ts";
import type { DatasetConfig } from "./schema.ts";

/**
 * The transforms that a stage asks for, with counts in place of shares and without those that would change nothing: equal
 * data are described equally, however they are asked for.
 */
export function planTransforms(
  config: DatasetConfig,
  { shape, classes, splits }: SourceDataset,
): Result<Transforms, readonly Problem[]> {
  const problems: Problem[] = [];
  const told = <Value>(planned: Result<Value, Problem>): Value | undefined => {
    if (planned.ok) return planned.value;
    problems.push(planned.error);
  };
  const subset = told(planSubset(config.subset, splits.train.count, "subset"));
  const test_subset = told(planSubset(config.test_subset, splits.test.count, "test_subset"));
  const all = subset ? countOf(subset) : splits.train.count;
  const validation = told(planValidation(config.validation, all));
  const rest = all - (validation?.count ?? 0);
  const fraction = told(planFraction(config.fraction, rest));
  const label_noise = told(planNoise(config.label_noise, fraction?.count ?? rest, classes.length));
  const grayscale = told(planGrayscale(config.grayscale, shape[2]));
  const resize = planResize(config.resize, shape);
  if (problems.length > 0) return fail(problems);
  return ok({
    ...(subset && { subset }),
    ...(test_subset && { test_subset }),
    ...(validation && { validation }),
    ...(fraction && { fraction }),
    ...(label_noise && { label_noise }),
    ...(grayscale && { grayscale }),
    ...(resize && { resize }),
    ...(config.normalize === "standard" && { normalize: "standard" }),
  });
}

/** What is not done is undefined. */
type Planned<Value> = Result<Value | undefined, Problem>;

function planSubset(
  asked: DatasetConfig["subset"],
  available: number,
  setting: "subset" | "test_subset",
): Planned<Choice> {
  if (asked === undefined) return ok(undefined);
  const [choice, at] = subsetAsked(asked);
  const count = countOf(choice);
  if (count === available) return ok(undefined);
  if (count < available) return ok(choice);
  const split = setting === "subset" ? "training" : "test";
  return fail({
    code: "not-enough-examples",
    message: `Cannot take ${count} examples of the ${split} split: it has ${available}`,
    at: [setting, ...at],
    help: `take at most ${available}, or leave the setting out to take all`,
  });
}

/** A subset in full, and the key of its size. */
function subsetAsked(asked: NonNullable<DatasetConfig["subset"]>): [Choice, at: readonly string[]] {
  if (typeof asked === "number") return [stratified(asked, 0), []];
  if ("first" in asked) return [{ first: asked.first }, ["first"]];
  return [{ ...stratified(asked.count, asked.seed), stratified: asked.stratified }, ["count"]];
}

function planValidation(asked: DatasetConfig["validation"], available: number): Planned<DrawnChoice> {
  const { size, seed, at, isShare } = sizeAsked(asked, (size) => size < 1);
  if (size === 0) return ok(undefined);
  const count = isShare ? Math.round(size * available) : size;
  if (count > 0 && count < available) return ok(stratified(count, seed));
  const taken = isShare ? `a share of ${size} of the ${available}` : `${size} of the ${available}`;
  return fail({
    code: "not-enough-examples",
    message: `Cannot take ${taken} training examples for validation: ${
      count === 0 ? "that is none" : "none is left to train on"
    }`,
    at: ["validation", ...at],
    help: `take 1 to ${available - 1} examples, or a share that makes as many`,
  });
}

function planFraction(asked: DatasetConfig["fraction"], available: number): Planned<DrawnChoice> {
  const { size, seed, at } = sizeAsked(asked, () => true);
  const count = Math.round(size * available);
  if (count === available) return ok(undefined);
  if (count > 0) return ok(stratified(count, seed));
  return fail({
    code: "not-enough-examples",
    message: `Cannot train on a share of ${size} of ${available} examples: that is none`,
    at: ["fraction", ...at],
    help: "take a larger share",
  });
}

function planNoise(
  asked: DatasetConfig["label_noise"],
  available: number,
  classes: number,
): Planned<NonNullable<Transforms["label_noise"]>> {
  const { size, seed, at } = sizeAsked(asked, () => true);
  const count = Math.round(size * available);
  if (count === 0) return ok(undefined);
  if (classes > 1) return ok({ count, seed });
  const message = `Cannot give ${count} labels another class: there is but one`;
  return fail({ code: "bad-value", message, at: ["label_noise", ...at] });
}

function planGrayscale(asked: boolean, channels: number): Planned<true> {
  if (!asked || channels === 1) return ok(undefined);
  if (channels === 3) return ok(true);
  const message =
    `Cannot make images of ${channels} channels grey: luma is a mean of three, red, green and blue`;
  return fail({ code: "bad-value", message, at: ["grayscale"] });
}

function planResize(
  asked: DatasetConfig["resize"],
  [height, width]: SourceDataset["shape"],
): Transforms["resize"] {
  if (asked === undefined) return undefined;
  const [newHeight, newWidth] = typeof asked === "number" ? [asked, asked] : asked as [number, number];
  return newHeight === height && newWidth === width ? undefined : [newHeight, newWidth];
}

type SizeAsked =
  | number
  | { readonly share: number; readonly seed: number }
  | { readonly count: number; readonly seed: number };

/** A count or a share, its seed, and its key. @param isShare whether a number that stands alone is one */
function sizeAsked(asked: SizeAsked, isShare: (size: number) => boolean) {
  if (typeof asked === "number") return { size: asked, seed: 0, at: [], isShare: isShare(asked) };
  const { seed } = asked;
  return "share" in asked
    ? { size: asked.share, seed, at: ["share"], isShare: true }
    : { size: asked.count, seed, at: ["count"], isShare: false };
}

function stratified(count: number, seed: number): DrawnChoice {
  return { count, seed, stratified: true };
}
