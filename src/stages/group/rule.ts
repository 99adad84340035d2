import type { Problem } from "../../core/diagnostic.ts";
import type { GroupConfig } from "./schema.ts";

export const TERTILES: readonly number[] = [1 / 3, 2 / 3];

/** Labels that are given before any rule, and so by none. */
const RESERVED: readonly string[] = ["diverged", "non"];

/** Labels of a rule that names none, by the number of its bounds. */
const DEFAULT_LABELS: Readonly<Record<number, readonly string[]>> = {
  1: ["low", "high"],
  2: ["low", "mid", "high"],
};

/** The labels of a rule from worst to best. Only for a rule that `checkRule` finds no problem in. */
export function labelsOf(rule: GroupConfig["rule"]): readonly string[] {
  if (rule === "tertiles") return DEFAULT_LABELS[2]!;
  return rule.labels ?? DEFAULT_LABELS[boundsIn(rule).bounds.length]!;
}

/** All labels that models can get, worst first. */
export function labelsGiven({ rule, non }: Pick<GroupConfig, "rule" | "non">): readonly string[] {
  return ["diverged", ...(non === false ? [] : ["non"]), ...labelsOf(rule)];
}

/** The rule with its labels written out. */
export function normalRule(rule: GroupConfig["rule"]): GroupConfig["rule"] {
  if (rule === "tertiles") return rule;
  const labels = rule.labels ?? DEFAULT_LABELS[boundsIn(rule).bounds.length];
  return labels === undefined ? rule : { ...rule, labels: [...labels] };
}

/**
 * What the schema cannot say: bounds ascend, labels fit them, differ, and are not those given before any
 * rule.
 */
export function checkRule({ rule }: GroupConfig): Problem[] {
  if (rule === "tertiles") return [];
  return [...checkBounds(rule), ...checkLabels(rule)];
}

type BoundsRule = Exclude<GroupConfig["rule"], "tertiles">;

function boundsIn(rule: BoundsRule): { key: "thresholds" | "quantiles"; bounds: readonly number[] } {
  return "thresholds" in rule
    ? { key: "thresholds", bounds: rule.thresholds }
    : { key: "quantiles", bounds: rule.quantiles };
}

function checkBounds(rule: BoundsRule): Problem[] {
  const { key, bounds } = boundsIn(rule);
  return bounds.flatMap((bound, i) => {
    const before = bounds[i - 1];
    if (before === undefined || before < bound) return [];
    return [{
      code: "bounds-not-ascending",
      message:
        `Cannot split by ${key}: ${bound} follows ${before}, and each must be larger than the one before`,
      at: ["rule", key, i],
      help: `write [${[...new Set(bounds)].sort((a, b) => a - b).join(", ")}]`,
    }];
  });
}

function checkLabels(rule: BoundsRule): Problem[] {
  const { key, bounds } = boundsIn(rule);
  const { labels } = rule;
  const wanted = bounds.length + 1;
  if (labels === undefined) {
    if (wanted - 1 in DEFAULT_LABELS) return [];
    return [{
      code: "labels-missing",
      message: `Cannot name the groups between ${bounds.length} ${key}: "labels" is missing`,
      at: ["rule"],
      help: `add "labels" with ${wanted} names from worst to best`,
    }];
  }
  return [
    ...(labels.length === wanted ? [] : [{
      code: "labels-count",
      message:
        `Cannot name the groups: ${bounds.length} ${key} make ${wanted} groups, and there are ${labels.length} labels`,
      at: ["rule", "labels"],
      help: `give ${wanted} names from worst to best`,
    }]),
    ...labels.flatMap((label, i) => checkLabel(label, i, labels)),
  ];
}

function checkLabel(label: string, i: number, labels: readonly string[]): Problem[] {
  const at = ["rule", "labels", i];
  if (RESERVED.includes(label)) {
    return [{
      code: "label-reserved",
      message: `Cannot name a group "${label}": models get this label before the rule is applied`,
      at,
      help: "choose another name",
    }];
  }
  if (labels.indexOf(label) === i) return [];
  return [{
    code: "label-repeated",
    message: `Cannot name a group "${label}": another one has this name`,
    at,
    help: "give each group a name of its own",
  }];
}
