import type { Analysis } from "../../artifacts/analysis.ts";
import { labelReader } from "../../artifacts/groups.ts";
import type { Digest } from "../../core/digest.ts";
import { canonicalJson } from "../../core/json.ts";
import type { ObjectReader, ObjectWriter } from "../../core/stage_kind.ts";
import type { Table } from "../../core/table.ts";
import { DistributionTable } from "./distribution_table.ts";
import type { MeasureOutcome, TensorMeasures } from "./measure.ts";
import type { AnalyzeConfig } from "./schema.ts";
import type { AnalyzeInputs } from "./stage.ts";
import { StatisticsTable } from "./statistics_table.ts";

/** The one group of a population that is not grouped. */
export const UNGROUPED = "all";

/** A table that grows member by member, so that no more than one member's measures are held at a time. */
interface TableBuilder {
  add(member: string, group: string, tensors: readonly TensorMeasures[]): void;
  build(): Table;
}

/**
 * Puts the measures of the members into tables and stores these.
 * @throws {UserError} If a member has no label
 */
export async function collectTables(
  config: AnalyzeConfig,
  { population, groups }: AnalyzeInputs,
  measured: readonly { readonly id: string; readonly outcome: MeasureOutcome | null }[],
  objects: ObjectWriter,
): Promise<Analysis> {
  const labels = groups?.labels ?? [UNGROUPED];
  const builders: Record<string, TableBuilder> = {};
  if (config.measures.includes("statistics")) builders.statistics = new StatisticsTable();
  if (config.measures.includes("distribution")) builders.distribution = new DistributionTable(labels);
  const groupOf = groups ? labelReader(groups) : () => UNGROUPED;
  const without = groups === undefined ? [] : config.without.toSorted();
  let count = 0;
  for (const { id, outcome } of measured) {
    const group = groupOf(id);
    if (outcome === null || without.includes(group)) continue;
    const tensors = await readMeasures(objects, outcome);
    for (const builder of Object.values(builders)) builder.add(id, group, tensors);
    count++;
  }
  return {
    tables: await storeTables(builders, objects),
    groups: groups === undefined ? null : { rule: groups.rule, labels: groups.labels },
    without,
    measured: count,
    planned: population.planned,
  };
}

async function readMeasures(objects: ObjectReader, outcome: MeasureOutcome): Promise<TensorMeasures[]> {
  return JSON.parse(new TextDecoder().decode(await objects.get(outcome.tensors)));
}

async function storeTables(builders: Record<string, TableBuilder>, objects: ObjectWriter) {
  const tables: Record<string, Digest> = {};
  for (const [name, builder] of Object.entries(builders)) {
    tables[name] = await objects.put(new TextEncoder().encode(canonicalJson(builder.build())));
  }
  return tables;
}
