import { quote } from "../core/describe.ts";
import { type Problem, UserError } from "../core/diagnostic.ts";
import type { ArtifactType, InputOutlook, InputOutlooks } from "../core/stage_kind.ts";
import type { Column, Table } from "../core/table.ts";

/** A label for each member of a population, and the rule that gave it. */
export interface Groups {
  /** The rule with its numbers, for captions: "test_accuracy: low < 0.9126 <= mid < 0.9471 <= high". */
  readonly rule: string;
  /** The metric that was split, and the bounds between its labels, ascending. */
  readonly by: string;
  readonly thresholds: readonly number[];
  /** All labels that the rule can give, worst first, `diverged` and `non` before the others. */
  readonly labels: readonly string[];
  readonly members: readonly { readonly id: string; readonly label: string; readonly why: string }[];
  readonly planned: number;
}

export const groupsArtifact: ArtifactType<Groups> = {
  name: "groups",
  tables: (groups) => ({ labels: () => Promise.resolve(labelsTable(groups)) }),
};

export function labelsTable({ labels, members }: Groups): Table {
  return { columns: labelColumns(labels), rows: members.map(({ id, label, why }) => [id, label, why]) };
}

/** @param labels all labels that the rule can give */
export function labelColumns(labels: readonly string[]): Column[] {
  return [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "group", type: "nominal", description: "Label of the member", values: labels },
    { name: "why", type: "nominal", description: "The numbers that decided it" },
  ];
}

/** The label of a member by its id. @throws {UserError} If these groups do not have the member */
export function labelReader(groups: Groups): (id: string) => string {
  const labels = new Map(groups.members.map(({ id, label }) => [id, label]));
  return (id) => {
    const label = labels.get(id);
    if (label !== undefined) return label;
    throw new UserError(
      `Cannot find the group of model "${id}": the stage that \`groups\` names has not labelled it`,
      "let `groups` name a stage that groups the same population",
    );
  };
}

/**
 * Whether groups label the very models that stand beside them: the n-th groups those of the n-th population, and a list of
 * one those of all of the other. Ids alone do not tell: member "1" is in every sample.
 * @param setting the setting `groups` as the file has it
 */
export function checkSamePopulation(setting: string | readonly string[], inputs: InputOutlooks): Problem[] {
  const { population = [], groups = [] } = inputs;
  if (population.length === 0 || groups.length === 0) return [];
  const count = Math.max(population.length, groups.length);
  const problems = new Map<string, Problem>();
  for (let i = 0; i < count; i++) {
    const [trained, grouped] = [population[i] ?? population[0]!, groups[i] ?? groups[0]!];
    const labelled = grouped.reads["population"]?.[0];
    if (labelled === undefined || labelled === trained.instance) continue;
    const at = ["groups", ...placeIn(setting, grouped)];
    if (!problems.has(at.join())) problems.set(at.join(), otherPopulation(trained, grouped, labelled, at));
  }
  return [...problems.values()];
}

function otherPopulation(
  trained: InputOutlook,
  grouped: InputOutlook,
  labelled: string,
  at: Problem["at"],
): Problem {
  return {
    code: "other-population",
    message: `Cannot label the models of ${quote(trained.instance)} by ${
      quote(grouped.instance)
    }: it groups the models of ${quote(labelled)}`,
    at,
    help: `let "groups" name a stage that groups ${quote(trained.instance)}, or "population" name ${
      quote(labelled)
    }`,
  };
}

/** Where in a list the stage of an entry is named. */
function placeIn(setting: string | readonly string[], { labels }: InputOutlook): number[] {
  if (typeof setting === "string") return [];
  return [Math.max(0, setting.indexOf(String(labels["stage"])))];
}
