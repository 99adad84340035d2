import { stageOf } from "../../../core/instance_name.ts";
import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import type { Labelled } from "../label_fields.ts";
import type { PlotConfig } from "../schema.ts";
import { dataUses, tableName, withValues } from "./views.ts";

export const ROLES = ["population", "groups", "analysis"] as const;
export type Role = typeof ROLES[number];

/** Which table a spec means: one of all stages that an input names, or of some of them. */
export interface TableReference {
  readonly role: Role;
  /** References of the input as the file has them. */
  readonly stages: readonly string[];
  readonly table: string;
}

/** The stages that an input names. */
export function stagesOf(config: PlotConfig, role: Role): string[] {
  return [config[role] ?? []].flat();
}

/**
 * What a name of data means: STAGE.TABLE, where STAGE is a stage that an input names, or the input itself for all of its
 * stages. Undefined if it is no such name; whether there is such a table is another question.
 */
export function tableReference(name: string, config: PlotConfig): TableReference | undefined {
  const dot = name.lastIndexOf(".");
  if (dot < 0) return undefined;
  const [owner, table] = [name.slice(0, dot), name.slice(dot + 1)];
  for (const role of ROLES) {
    const stages = stagesOf(config, role);
    const named = stages.filter((stage) => stage === owner || stageOf(stage) === owner);
    if (named.length > 0) return { role, stages: named, table };
  }
  const role = ROLES.find((role) => role === owner);
  const stages = role === undefined ? [] : stagesOf(config, role);
  return role === undefined || stages.length === 0 ? undefined : { role, stages, table };
}

/**
 * A copy of the spec in which tables are called after the plot's inputs: another name of a stage redraws nothing. Where an
 * input names several stages, these names tell its entries apart and are drawn: they stay.
 */
export function withNormalNames(spec: JsonObject, config: PlotConfig): JsonObject {
  const changes = dataUses(spec).flatMap((use) => {
    const name = tableName(use, spec);
    const reference = name === undefined ? undefined : tableReference(name, config);
    if (reference === undefined || stagesOf(config, reference.role).length > 1) return [];
    return [{ at: [...use.at, "name"], value: `${reference.role}.${reference.table}` }];
  });
  return withValues(spec, changes) as JsonObject;
}

/** A name as a person would write it, with the stage's name. */
export function readableName(name: string, config: PlotConfig): string {
  const reference = tableReference(name, config);
  if (reference === undefined) return name;
  const [stage, ...others] = stagesOf(config, reference.role);
  return others.length > 0 ? name : `${stageOf(stage!)}.${reference.table}`;
}

/** The entries of an input that some of its stages make. */
export function entriesOf<Entry extends Labelled>(
  entries: readonly Entry[],
  stages: readonly string[],
): readonly Entry[] {
  return entries.filter(({ labels }) =>
    labels["stage"] === undefined || stages.includes(String(labels["stage"]))
  );
}

/** Whether the settings have a spec of one's own. */
export function specOf(config: PlotConfig): JsonObject | undefined {
  return isJsonObject(config.spec as JsonObject) ? config.spec as JsonObject : undefined;
}
