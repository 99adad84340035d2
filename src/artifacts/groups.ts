import { UserError } from "../core/diagnostic.ts";
import type { Column, Table } from "../core/table.ts";
import type { ArtifactType } from "../core/stage_kind.ts";

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
  // deno-lint-ignore require-await -- others read objects here
  tables: async (groups) => ({ labels: labelsTable(groups) }),
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
