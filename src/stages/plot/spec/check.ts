import { quote, suggestion } from "../../../core/describe.ts";
import type { Problem } from "../../../core/diagnostic.ts";
import { stageOf } from "../../../core/instance_name.ts";
import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import type { InputOutlook, InputOutlooks } from "../../../core/stage_kind.ts";
import { type Column, OTHER_COLUMNS } from "../../../core/table.ts";
import type { PlotConfig } from "../schema.ts";
import { expressionProblem, fieldProblems } from "./field_problems.ts";
import { fieldUses, type Scope, scopeOfColumns } from "./fields.ts";
import { type Mistake, mistakesIn, type Path } from "./schema_mistakes.ts";
import { addedColumns } from "./table_columns.ts";
import {
  entriesOf,
  readableName,
  type Role,
  ROLES,
  specOf,
  stagesOf,
  tableReference,
} from "./table_names.ts";
import { childrenOf, dataUses, tableName } from "./views.ts";
import { vegaLiteSchema } from "./vega_lite_schema.ts";

/** What can be said of a spec and of an override without the inputs: their shape, and that they read nothing outside. */
export function checkShape(config: PlotConfig): Problem[] {
  const spec = specOf(config);
  const override = config.override as JsonObject | undefined;
  return [
    ...spec === undefined ? [] : [...shapeProblems(spec, "spec"), ...outsideProblems(spec, ["spec"])],
    ...override === undefined ? [] : [
      ...shapeProblems(override, "override"),
      ...ownDataProblems(override),
      ...outsideProblems(withoutData(override), ["override"]),
    ],
  ];
}

/** What can be said of a spec once the columns of the inputs' tables are known. */
export function checkTables(config: PlotConfig, inputs: InputOutlooks): Problem[] {
  const spec = specOf(config);
  if (spec === undefined) return [];
  const tables = new Tables(config, inputs);
  const names = dataUses(spec, ["spec"]).flatMap((use) => {
    const name = tableName(use, spec);
    return name === undefined ? [] : tables.problems(name, [...use.at, "name"]);
  });
  const { uses, broken } = fieldUses(spec, (name) => tables.scope(name), ["spec"]);
  return [
    ...tables.missing(spec),
    ...names,
    ...broken.map(expressionProblem),
    ...uses.flatMap(fieldProblems),
  ];
}

function shapeProblems(value: JsonObject, setting: "spec" | "override"): Problem[] {
  const mistakes = mistakesIn(value, vegaLiteSchema(), { partial: setting === "override" });
  return mistakes.filter((mistake) => !isMissingData(mistake)).map(({ code, what, at, on, help }) => ({
    code,
    message: `Cannot read the Vega-Lite ${setting}: ${what}`,
    at: [setting, ...at],
    ...on && { on },
    ...help !== undefined && { help },
  }));
}

/** Told with the tables that there are, once these are known. */
function isMissingData({ code, what, at }: Mistake): boolean {
  return code === "missing-key" && at.length === 0 && what.startsWith('"data"');
}

/** A figure shows the run and nothing else: addresses and pictures from elsewhere are refused. */
function outsideProblems(spec: JsonObject, at: Path): Problem[] {
  const data = dataUses(spec, at).filter(({ data }) => data["url"] !== undefined).map(({ data, at }) => ({
    code: "outside-data",
    message: `Cannot draw data from ${
      quote(data["url"])
    }: a figure shows tables of the run and its own values`,
    at: [...at, "url"],
    help: at[0] === "spec"
      ? "write { name: STAGE.TABLE } with a stage that this plot reads, or { values: [...] }"
      : "write { values: [...] }, or draw a `spec` of your own",
  }));
  return [...data, ...imageProblems(spec, at)];
}

function imageProblems(view: JsonObject, at: Path): Problem[] {
  const { mark } = view;
  const [type, place] = isJsonObject(mark)
    ? [mark["type"], [...at, "mark", "type"]]
    : [mark, [...at, "mark"]];
  const own = type === "image"
    ? [{
      code: "outside-data",
      message: 'Cannot draw mark "image": it would load pictures, and a figure shows the run alone',
      at: place,
      help: "use another mark, such as point or rect",
    }]
    : [];
  return [...own, ...childrenOf({ view, at }).flatMap((child) => imageProblems(child.view, child.at))];
}

/** A figure has the data of its inputs: an override may bring rows for views of its own, and name no table. */
function ownDataProblems(override: JsonObject): Problem[] {
  const whole = DATA_KEYS.filter((key) => Object.hasOwn(override, key)).map((key) => ({
    code: "override-data",
    message: `Cannot override ${quote(key)}: a figure has its data from its inputs`,
    at: ["override", key],
    on: "key" as const,
    help: "remove it, or draw a `spec` of your own",
  }));
  const named = dataUses(withoutData(override), ["override"]).filter((use) => tableName(use, override));
  return [
    ...whole,
    ...named.map(({ data, at }) => ({
      code: "override-data",
      message: `Cannot draw data ${
        quote(data["name"])
      } in an override: a figure has its data from its inputs`,
      at: [...at, "name"],
      help: "remove it, write { values: [...] }, or draw a `spec` of your own",
    })),
  ];
}

const DATA_KEYS = ["data", "datasets"];

function withoutData(override: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(override).filter(([key]) => !DATA_KEYS.includes(key)));
}

const NO_INPUT = "add the input `population`, `groups` or `analysis` with the name of a stage";

/** The tables of a plot's inputs, as far as they are declared. */
class Tables {
  constructor(private readonly config: PlotConfig, private readonly inputs: InputOutlooks) {}

  /** Whether a spec lacks the data that it must have. */
  missing(spec: JsonObject): Problem[] {
    if (spec["data"] !== undefined || !mistakesIn(spec, vegaLiteSchema()).some(isMissingData)) return [];
    const [first, ...others] = this.#known();
    const tables = others.length === 0 ? "" : `; tables: ${[first, ...others].join(", ")}`;
    return [{
      code: "missing-key",
      message: 'Cannot read the Vega-Lite spec: "data" is missing',
      at: ["spec"],
      on: "key",
      help: first === undefined ? NO_INPUT : `add data: { name: ${first} }${tables}`,
    }];
  }

  /** What is wrong with a name of data. */
  problems(name: string, at: Path): Problem[] {
    const reference = tableReference(name, this.config);
    if (reference === undefined) {
      const owner = name.slice(0, Math.max(0, name.lastIndexOf(".")));
      const why = owner === "" ? "a table is named STAGE.TABLE" : `this plot reads no stage ${quote(owner)}`;
      return [this.#problem(name, why, at)];
    }
    if (this.#columns(name) !== undefined) return [];
    const { stages, table } = reference;
    const owner = stages.length === 1 ? `stage ${quote(stageOf(stages[0]!))} makes` : "these stages make";
    return [this.#problem(readableName(name, this.config), `${owner} no table ${quote(table)}`, at)];
  }

  scope(name: string): Scope | undefined {
    const columns = this.#columns(name);
    if (columns === undefined || columns === "unknown") return undefined;
    return scopeOfColumns(`table ${quote(readableName(name, this.config))}`, columns);
  }

  /** Undefined if there is no such table; unknown, where a stage declares none. */
  #columns(name: string): readonly Column[] | "unknown" | undefined {
    const reference = tableReference(name, this.config);
    if (reference === undefined) return undefined;
    const { role, stages, table } = reference;
    const entries = entriesOf(this.inputs[role] ?? [], stages);
    const tables = entries.map((entry) => entry.tables());
    if (tables.some((columns) => Object.keys(columns).length === 0)) return "unknown";
    const own = tables.flatMap((columns) => columns[table] ?? []);
    if (own.includes(OTHER_COLUMNS)) return "unknown";
    return own.length === 0 ? undefined : [...own, ...addedColumns(entries, own).columns];
  }

  #problem(name: string, why: string, at: Path): Problem {
    const help = suggestion(name, this.#known(), "tables");
    return {
      code: "unknown-table",
      message: `Cannot draw data ${quote(name)}: ${why}`,
      at,
      help: help ?? NO_INPUT,
    };
  }

  /** The names of all tables. */
  #known(): ReadonlySet<string> {
    const known = ROLES.flatMap((role) =>
      stagesOf(this.config, role).flatMap((stage) => this.#names(role, stage))
    );
    return new Set(known);
  }

  #names(role: Role, stage: string): string[] {
    const entries: readonly InputOutlook[] = entriesOf(this.inputs[role] ?? [], [stage]);
    const tables = new Set(entries.flatMap((entry) => Object.keys(entry.tables())));
    return [...tables].map((table) => `${stageOf(stage)}.${table}`);
  }
}
