import { type Analysis, analysisArtifact } from "../../../artifacts/analysis.ts";
import { type Groups, groupsArtifact } from "../../../artifacts/groups.ts";
import { type Population, populationArtifact } from "../../../artifacts/population.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { ObjectReader, Sourced, Tables } from "../../../core/stage_kind.ts";
import { type Column, rowObjects, type Table } from "../../../core/table.ts";
import { CONFIG, counted, nothingToDraw, SCHEMA } from "../figure_spec.ts";
import { escapedField } from "../label_fields.ts";
import type { PlotConfig } from "../schema.ts";
import type { PlotInputs } from "../stage.ts";
import { withDottedFields } from "./dotted_fields.ts";
import { fieldUses, scopeOfColumns } from "./fields.ts";
import { merged } from "./merge.ts";
import { addedColumns, instanceNames } from "./table_columns.ts";
import { entriesOf, type Role, ROLES, tableReference } from "./table_names.ts";
import { dataUses, tableName } from "./views.ts";

/**
 * A whole Vega-Lite spec: one's own, in the look of the other figures where it does not say otherwise, with the rows of
 * the tables that it names. Of these only the columns are there that the spec reads.
 * @param spec one in which `checkShape` and `checkTables` found no problem
 * @throws {UserError} If the tables have no rows
 */
export async function ownFigure(
  spec: JsonObject,
  config: PlotConfig,
  inputs: PlotInputs,
  objects: ObjectReader,
): Promise<JsonObject> {
  const names = new Set(dataUses(spec).flatMap((use) => tableName(use, spec) ?? []));
  const tables = await readTables([...names], config, inputs, objects);
  const { uses } = fieldUses(spec, (name) => scopeOfColumns(null, tables.get(name)?.columns ?? []));
  const all = [...tables.values()];
  if (all.length > 0 && all.every(({ rows }) => rows.length === 0)) throw nothingToDraw("the spec");
  const knowsFields = uses.every(({ way }) => way.length > 0);
  const text = knowsFields ? JSON.stringify(spec) : undefined;
  const rows = [...tables].map(([name, table]) => [name, drawnRows(table, text)] as const);
  const drawn = titled(withDottedFields(spec, uses), unfinishedNotes(inputs));
  const { $schema: _, title, config: look, datasets: _own, ...body } = drawn;
  return {
    $schema: SCHEMA,
    ...title !== undefined && { title },
    config: merged(CONFIG, isJsonObject(look) ? look : {}),
    ...body,
    ...(rows.length > 0 || isJsonObject(drawn["datasets"])) && {
      datasets: { ...drawn["datasets"] as JsonObject, ...Object.fromEntries(rows) },
    },
  };
}

interface NamedTable {
  readonly columns: readonly Column[];
  readonly rows: readonly JsonObject[];
}

/** The tables under the names that the spec has for them. */
async function readTables(
  names: readonly string[],
  config: PlotConfig,
  inputs: PlotInputs,
  objects: ObjectReader,
): Promise<Map<string, NamedTable>> {
  const instances = instanceNames(ROLES.flatMap((role) => inputs[role] ? [inputs[role]] : []));
  const tables = new Map<string, NamedTable>();
  for (const name of names) {
    const reference = tableReference(name, config)!;
    const all: readonly Sourced<unknown>[] = inputs[reference.role] ?? [];
    const parts: { readonly entry: Sourced<unknown>; readonly instance: string; readonly table: Table }[] =
      [];
    for (const entry of entriesOf(all, reference.stages)) {
      const table = await TABLES[reference.role](entry.value, objects)[reference.table]?.();
      const instance = all.length === instances.length ? instances[all.indexOf(entry)]! : "";
      if (table !== undefined) parts.push({ entry, instance, table });
    }
    const own = parts.flatMap(({ table }) => table.columns);
    const added = addedColumns(parts.map(({ entry }) => entry), own);
    tables.set(name, {
      columns: [...added.columns, ...own],
      rows: parts.flatMap(({ entry, instance, table }) =>
        rowObjects(table).map((row) => ({ ...added.valuesOf(entry, instance, row["member"]), ...row }))
      ),
    });
  }
  return tables;
}

const TABLES: Readonly<Record<Role, (value: unknown, objects: ObjectReader) => Tables>> = {
  population: (value, objects) => populationArtifact.tables!(value as Population, objects),
  groups: (value, objects) => groupsArtifact.tables!(value as Groups, objects),
  analysis: (value, objects) => analysisArtifact.tables!(value as Analysis, objects),
};

/** The rows with those columns whose names are anywhere in the spec's text; with all without a text. */
function drawnRows({ columns, rows }: NamedTable, text: string | undefined): readonly JsonObject[] {
  if (text === undefined) return rows;
  const names = new Set(columns.map(({ name }) => name));
  const drawn = [...names].filter((name) =>
    text.includes(name) || text.includes(jsonText(escapedField(name)))
  );
  return rows.map((row) =>
    Object.fromEntries(drawn.filter((name) => row[name] !== undefined).map((name) => [name, row[name]!]))
  );
}

function jsonText(name: string): string {
  return JSON.stringify(name).slice(1, -1);
}

/** Who is not in the tables. */
function unfinishedNotes({ population = [], analysis = [] }: PlotInputs): string[] {
  const trained = population.map(({ value: { members, planned } }) => [members.length, planned] as const);
  const measured = analysis.map(({ value: { measured, planned } }) => [measured, planned] as const);
  const note = (counts: readonly (readonly [number, number])[], what: string) => {
    const [count, planned] = [0, 1].map((i) => counts.reduce((sum, pair) => sum + pair[i]!, 0)) as [
      number,
      number,
    ];
    return count < planned ? [`${count} of ${counted(planned, "model")} ${what}`] : [];
  };
  return [...note(trained, "trained"), ...note(measured, "measured")];
}

/** The spec with notes under its title, or in its place. */
function titled(spec: JsonObject, notes: readonly string[]): JsonObject {
  if (notes.length === 0) return spec;
  const title: Json | undefined = spec["title"];
  const { text, subtitle = [], ...rest }: JsonObject = isJsonObject(title) ? title : { text: title ?? null };
  const notesAlone = { text: [...notes], fontSize: 11, fontWeight: "normal" };
  const both = { text: text ?? null, ...rest, subtitle: [...[subtitle].flat() as Json[], ...notes] };
  return { ...spec, title: (text ?? null) === null ? notesAlone : both };
}
