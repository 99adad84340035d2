/**
 * Writes the tables of docs/language.md: one for each kind of stage, from the schemas that pipelines are checked with, and one
 * for each table of results, from the columns that figures are checked with.
 */
import { labelColumns } from "../src/artifacts/groups.ts";
import { epochColumns, memberColumns } from "../src/artifacts/population.ts";
import { sha256 } from "../src/core/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../src/core/json.ts";
import type { StageKind } from "../src/core/stage_kind.ts";
import type { Column } from "../src/core/table.ts";
import { COLUMNS } from "../src/stages/analyze/columns.ts";
import { addedColumns } from "../src/stages/plot/spec/table_columns.ts";

/** Between these lines of docs/language.md; `deno fmt` leaves what is there as it is. */
const START = "<!-- deno-fmt-ignore-start -->";
const END = "<!-- deno-fmt-ignore-end -->";

/** The page with its tables renewed. @throws {Error} If it has not both marks */
export function withTables(page: string, kinds: readonly StageKind[]): string {
  const [start, end] = [page.indexOf(START), page.indexOf(END)];
  if (start < 0 || end < start) {
    throw new Error(`Cannot renew the tables: the page has not "${START}" and "${END}"`);
  }
  const tables = kinds.map((kind) => section(kind, kinds)).join("\n");
  const written = `<!-- written by deno task schemas -->\n\n${tables}\n${resultTables()}`;
  return `${page.slice(0, start)}${START}\n${written}\n${page.slice(end)}`;
}

interface Row {
  /** Empty: of the kind's own table. Otherwise the setting, and the condition under which it has these parts. */
  readonly table: string;
  readonly path: string;
  readonly values: string;
  readonly usual: string;
  readonly meaning: string;
}

/** Keys of a domain. A setting that may be one is said to be so, and the keys are explained once, in the text. */
const DOMAIN_KEYS = ["choice", "weights", "uniform", "log_uniform", "int_uniform", "steps"];

function section(kind: StageKind, kinds: readonly StageKind[]): string {
  const rows = rowsOf(kind, kinds);
  const titles = [...new Set(rows.map(({ table }) => table))];
  const tables = titles.map((title) => {
    const heading = title === "" ? "" : `${title}:\n\n`;
    return heading + table(rows.filter((row) => row.table === title));
  });
  return `### ${kind.name}\n\n${kind.description}.\n\n${tables.join("\n")}`;
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(({ path, values, usual, meaning }) => [`\`${path}\``, values, usual, meaning]);
  return markdownTable(["setting", "value", "default", "meaning"], lines);
}

function markdownTable(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const cells = [head, head.map(() => "---"), ...lines];
  return cells.map((line) => `| ${line.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`).join("");
}

/** The columns of the tables of results. What only a run knows, the settings that members have, is one row. */
function resultTables(): string {
  const settings: Column = {
    name: "architecture.*, init.*, training.*",
    type: "quantitative",
    description:
      "A column for each setting that a model has, under its full path, such as `architecture.depth`; " +
      "nominal where not all of its values are numbers, null where a model has not the setting. A list is one text, " +
      "such as `300-100`",
  };
  const splits = { validation: { count: 1, digest: sha256("") } }; // with which there are all columns
  const members = memberColumns([], splits);
  const before = members.findIndex(({ name }) => name === "parameters");
  const tables: [title: string, columns: readonly Column[]][] = [
    ["`members`, of a stage of kind train: a row a model", members.toSpliced(before, 0, settings)],
    ["`epochs`, of a stage of kind train: a row a model and epoch", epochColumns(splits)],
    ["`labels`, of a stage of kind group: a row a model", labelColumns([])],
    ["`statistics`, of a stage of kind analyze: a row a tensor and phase", COLUMNS.statistics],
    [
      "`distribution`, of a stage of kind analyze: a row a group, position, role, phase, normalization, estimate and x",
      COLUMNS.distribution,
    ],
    [
      "In a `spec`, each of these has besides the axes that are gathered, `stage` where an input names several, and",
      addedColumns([], members).columns,
    ],
  ];
  return `## Tables\n\nWhat the rows of results hold, in the files below \`tables/\` and where a \`spec\` names them.\n\n${
    tables.map(([title, columns]) => `${title}:\n\n${columnTable(columns)}`).join("\n")
  }`;
}

function columnTable(columns: readonly Column[]): string {
  const lines = columns.map(({ name, type, description }) => [
    name.split(", ").map((name) => `\`${name}\``).join(", "),
    type,
    description,
  ]);
  return markdownTable(["column", "type", "meaning"], lines);
}

function rowsOf(kind: StageKind, kinds: readonly StageKind[]): Row[] {
  const root = kind.schema;
  const settings = Object.keys(root["properties"] as JsonObject);
  const rows = partsOf(root, "", "");
  const distinct = new Map(rows.map((row) => [JSON.stringify([row.table, row.path, row.values]), row]));
  return [...distinct.values()];

  /** The settings inside a map, or inside the maps of a list. */
  function partsOf(schema: JsonObject, path: string, table: string): Row[] {
    const { properties = {}, required = [], items, additionalProperties, ...rest } = schema;
    const isDomain = isJsonObject(properties) && Object.hasOwn(properties, "choice");
    const own = Object.entries(properties as JsonObject).flatMap(([name, property]) => {
      if (!isJsonObject(property) || (isDomain && DOMAIN_KEYS.includes(name))) return [];
      if (property["const"] !== undefined) return []; // which the table's title says
      return setting(
        property,
        path === "" ? name : `${path}.${name}`,
        table,
        (required as Json[]).includes(name),
      );
    });
    const others = isJsonObject(additionalProperties)
      ? setting(additionalProperties, `${path}.*`, table, false)
      : [];
    const among = isJsonObject(items) ? partsOf(resolved(items), `${path}[]`, table) : [];
    const branches = [rest["anyOf"], rest["oneOf"], rest["allOf"]].flat().filter(isJsonObject);
    const inner = branches.flatMap((branch) => {
      const { if: condition, then } = branch;
      if (!isJsonObject(condition) || !isJsonObject(then)) return partsOf(resolved(branch), path, table);
      return partsOf(resolved(then), path, `\`${path}\` where ${constantsIn(condition).join(" and ")}`);
    });
    const otherwise = isJsonObject(rest["else"]) ? partsOf(resolved(rest["else"]), path, table) : [];
    return [...own, ...others, ...among, ...inner, ...otherwise];
  }

  function setting(schema: JsonObject, path: string, table: string, isRequired: boolean): Row[] {
    const full = resolved(schema);
    const name = path.split(".").at(-1)!;
    const isAgain = path !== name && settings.includes(name);
    const { default: usual, description } = full;
    const input = path === name ? kind.inputs[name] : undefined;
    const row = {
      table,
      path,
      values: input === undefined ? valuesOf(full) : stagesThatMake(input),
      usual: isRequired
        ? "required"
        : usual === undefined || flow(usual) === "{}"
        ? ""
        : `\`${flow(usual)}\``,
      meaning: isAgain ? `What this case says otherwise than \`${name}\`` : String(description ?? ""),
    };
    return [row, ...(isAgain || input !== undefined ? [] : partsOf(full, path, table))];
  }

  function stagesThatMake({ artifact, list }: { artifact: string; list?: boolean }): string {
    const makers = kinds.filter(({ output }) => output.name === artifact).map(({ name }) => name);
    const stage = `name of a stage of kind ${makers.join(" or ")}`;
    return list ? `${stage}, or a list of them` : stage;
  }

  /** What a value may be, in words. */
  function valuesOf(schema: JsonObject): string {
    const branches = [schema["anyOf"], schema["oneOf"]].flat().filter(isJsonObject).map(resolved);
    const types = [schema["type"] ?? []].flat().map(String);
    const isDomain = isJsonObject(schema["properties"]) && Object.hasOwn(schema["properties"], "choice");
    if (branches.length > 0) return [...new Set(branches.map(valuesOf))].join(", or ");
    if (Array.isArray(schema["enum"])) {
      return schema["enum"].map((value: Json) => `\`${flow(value)}\``).join(", ");
    }
    if (schema["const"] !== undefined) return `\`${flow(schema["const"])}\``;
    if (isDomain && types.includes("object")) {
      const others = types.filter((type) => type !== "object").map((type) => ofType(type, schema));
      return [...others, "a domain"].join(", or ");
    }
    if (isChoiceOfMaps(schema)) return "map, or a `choice` of maps";
    if (types.length === 0) return isJsonObject(schema["properties"]) ? "map" : "any value";
    return types.map((type) => ofType(type, schema)).join(" or ");
  }

  function ofType(type: string, schema: JsonObject): string {
    switch (type) {
      case "integer":
      case "number":
        return [type, ...boundsOf(schema)].join(" ");
      case "string":
        return "text";
      case "boolean":
        return "`true` or `false`";
      case "array": {
        const items = schema["items"];
        return isJsonObject(items) ? listOf(valuesOf(resolved(items))) : "list";
      }
      case "object":
        return "map";
      default:
        return type;
    }
  }

  /** With what it refers to; what it says of itself goes first. */
  function resolved(schema: JsonObject): JsonObject {
    const { $ref: reference, ...own } = schema;
    if (typeof reference !== "string") return schema;
    const target = (root["definitions"] as JsonObject)[reference.replace("#/definitions/", "")];
    return { ...resolved(target as JsonObject), ...own };
  }
}

function listOf(values: string): string {
  const plural = { map: "maps", text: "texts", number: "numbers" }[values];
  if (plural !== undefined) return `list of ${plural}`;
  return values.includes(", or ") ? `list of (${values})` : `list of: ${values}`;
}

/** Whether a map may also be a choice: `if` it has that key, it is one. */
function isChoiceOfMaps({ if: condition }: JsonObject): boolean {
  return isJsonObject(condition) && JSON.stringify(condition["required"]) === '["choice"]';
}

/** What a condition asks for, such as "`kind: mlp`". */
function constantsIn({ properties }: JsonObject): string[] {
  return Object.entries(properties ?? {}).flatMap(([name, schema]) => {
    const value = (schema as JsonObject)["const"];
    return value === undefined ? [] : [`\`${name}: ${flow(value)}\``];
  });
}

function boundsOf(schema: JsonObject): string[] {
  const number = (
    name: string,
  ) => (typeof schema[name] === "number" ? schema[name].toLocaleString("en") : undefined);
  const [least, most] = [number("minimum"), number("maximum")];
  const [above, below] = [number("exclusiveMinimum"), number("exclusiveMaximum")];
  const bounds = [
    least !== undefined && `≥ ${least}`,
    above !== undefined && `> ${above}`,
    most !== undefined && `≤ ${most}`,
    below !== undefined && `< ${below}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? [] : [bounds.join(", ")];
}

/** A value as YAML in flow style. */
function flow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (!isJsonObject(value)) return String(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}
