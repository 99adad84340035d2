import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { Column } from "../../../core/table.ts";
import { expressionFields, expressionNames } from "./expression.ts";
import type { Path } from "./schema_mistakes.ts";
import { nearestName } from "../../../core/diagnostic.ts";
import { quote } from "../../../core/describe.ts";
import { childrenOf, isOwnDataset, transformsOf, type View } from "./views.ts";
import { isVegaName, VEGA_FUNCTIONS } from "./vega_names.ts";

/** The fields of the rows that a view draws. */
export interface Scope {
  /** Whose columns these are, for messages, such as `table "trained.epochs"`; null if nothing has a name. */
  readonly owner: string | null;
  /** The columns that the rows come with. */
  readonly columns: ReadonlySet<string>;
  /** What transforms have made. These may hold maps, into which a field may lead. */
  readonly made: ReadonlySet<string>;
  /** All values that some of the columns can have. */
  readonly values?: ReadonlyMap<string, readonly string[]>;
  /** Whether there may be others, which nobody can know. */
  readonly open: boolean;
}

/** A place where a spec names a field. */
export interface FieldUse {
  /** The way to the value: `["init.std"]`; of an expression `datum.init.std` `["init", "std"]`, and [] where it is computed. */
  readonly way: readonly string[];
  readonly at: Path;
  readonly in: "field" | "expression";
  /** The rows that it may be a field of: those of the view, and those of the views in it. */
  readonly scopes: readonly Scope[];
}

/** The rows of a table with these columns; one that is there several times is of several tables put together. */
export function scopeOfColumns(owner: string | null, columns: readonly Column[]): Scope {
  const byName = Map.groupBy(columns, ({ name }) => name);
  const values = [...byName].flatMap(([name, same]) =>
    same.every(({ values }) => values !== undefined)
      ? [[name, same.flatMap(({ values }) => values!)] as const]
      : []
  );
  return { owner, columns: new Set(byName.keys()), made: new Set(), values: new Map(values), open: false };
}

/** Rows of which nothing is known. */
export const UNKNOWN_ROWS: Scope = { owner: null, columns: new Set(), made: new Set(), open: true };

/** A text that should be an expression and is none, or names what nobody knows. */
export interface BrokenExpression {
  readonly at: Path;
  readonly text: string;
  readonly why: string;
  readonly help?: string;
}

/**
 * Every field that a spec names, each with the rows that it is a field of, and expressions that are none.
 * @param tableScope the rows of a table by the name that the spec calls it; undefined: there is no such table
 */
export function fieldUses(
  spec: JsonObject,
  tableScope: (name: string) => Scope | undefined,
  at: Path = [],
): { readonly uses: readonly FieldUse[]; readonly broken: readonly BrokenExpression[] } {
  const walk = new Walk(spec, tableScope);
  walk.view({ view: spec, at }, UNKNOWN_ROWS);
  return walk;
}

class Walk {
  readonly uses: FieldUse[] = [];
  readonly broken: BrokenExpression[] = [];
  /** Names of all params of the spec. */
  readonly #params: readonly string[];

  constructor(
    private readonly spec: JsonObject,
    private readonly tableScope: (name: string) => Scope | undefined,
  ) {
    this.#params = paramsIn(spec);
  }

  /** @returns the rows of the view and of all views in it */
  view(place: View, inherited: Scope): Scope[] {
    const { view, at } = place;
    let scope = view["data"] === undefined ? inherited : this.#scopeOf(view["data"]);
    for (const { transform, at } of transformsOf(place)) scope = this.#transform(transform, at, scope);
    const scopes = [scope, ...childrenOf(place).flatMap((child) => this.view(child, scope))];
    this.#fieldsIn(view["encoding"], [...at, "encoding"], scopes);
    this.#fieldsIn(view["facet"], [...at, "facet"], scopes);
    this.#repeated(view["repeat"], [...at, "repeat"], scopes);
    this.#expressionsIn(view["mark"], [...at, "mark"], scopes);
    const params = view["params"];
    if (Array.isArray(params)) {
      params.forEach((param: Json, i) => this.#selection(param, [...at, "params", i, "select"], scopes));
    }
    return scopes;
  }

  #scopeOf(data: Json): Scope {
    if (!isJsonObject(data)) return UNKNOWN_ROWS;
    const { name, values, sequence } = data;
    if (values !== undefined) return scopeOfRows(values);
    if (isJsonObject(sequence)) {
      return { ...UNKNOWN_ROWS, made: new Set([textOr(sequence["as"], "data")]), open: false };
    }
    if (typeof name !== "string") return UNKNOWN_ROWS;
    if (isOwnDataset(name, this.spec)) return scopeOfRows((this.spec["datasets"] as JsonObject)[name]!);
    return this.tableScope(name) ?? UNKNOWN_ROWS;
  }

  #use(field: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    if (typeof field !== "string" || field === "*") return;
    this.uses.push({ way: [field], at, in: "field", scopes });
  }

  #useAll(fields: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    if (Array.isArray(fields)) fields.forEach((field: Json, i) => this.#use(field, [...at, i], scopes));
  }

  #expression(text: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    if (typeof text !== "string") return;
    const fields = expressionFields(text);
    if (!fields.ok) this.broken.push({ at, text, why: fields.error });
    else {
      this.#names(text, at, scopes);
      for (const way of fields.value) this.uses.push({ way, at, in: "expression", scopes });
    }
  }

  /** The first function or name of an expression that nobody knows. */
  #names(text: string, at: Path, scopes: readonly Scope[]): void {
    const { calls, names } = expressionNames(text);
    const call = calls.find((name) => !VEGA_FUNCTIONS.has(name));
    if (call !== undefined) {
      const near = nearestName(call.split(".").at(-1)!, VEGA_FUNCTIONS);
      const help = near === undefined ? FUNCTIONS_HELP : `did you mean ${quote(near)}?`;
      this.broken.push({ at, text, why: `Vega has no function ${quote(call)}`, help });
      return;
    }
    const isOfParam = (name: string) =>
      this.#params.some((param) => name === param || name.startsWith(`${param}_`));
    const name = names.find((name) => !isVegaName(name) && !isOfParam(name));
    if (name === undefined) return;
    const isField = scopes.some(({ columns, made }) => columns.has(name) || made.has(name));
    const near = nearestName(name, this.#params);
    const help = isField
      ? `write datum.${name}`
      : near === undefined
      ? 'write a field as datum.NAME, and name a value of your own in "params"'
      : `did you mean ${quote(near)}?`;
    this.broken.push({ at, text, why: `nothing is named ${quote(name)}`, help });
  }

  /** Fields anywhere in channels; in axes, legends and the like `datum` is another thing. */
  #fieldsIn(node: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    if (Array.isArray(node)) node.forEach((item: Json, i) => this.#fieldsIn(item, [...at, i], scopes));
    if (!isJsonObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      const place = [...at, key];
      if (["axis", "legend", "header", "scale"].includes(key)) {
        this.#syntaxIn(value, place);
        continue;
      }
      if (["field", "argmax", "argmin"].includes(key)) this.#use(value, place, scopes);
      if (key === "test") this.#predicate(value, place, scopes);
      else if (key === "expr") this.#expression(value, place, scopes);
      else this.#fieldsIn(value, place, scopes);
    }
  }

  /** Expressions that read something else than rows: only whether they are ones. */
  #syntaxIn(node: Json, at: Path, isExpression = false): void {
    if (isExpression && typeof node === "string") {
      const fields = expressionFields(node);
      if (!fields.ok) this.broken.push({ at, text: node, why: fields.error });
      else this.#names(node, at, []);
    } else if (Array.isArray(node)) node.forEach((item: Json, i) => this.#syntaxIn(item, [...at, i]));
    else if (isJsonObject(node)) {
      for (const [key, value] of Object.entries(node)) {
        this.#syntaxIn(value, [...at, key], ["labelExpr", "expr", "test"].includes(key));
      }
    }
  }

  #expressionsIn(node: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    if (Array.isArray(node)) node.forEach((item: Json, i) => this.#expressionsIn(item, [...at, i], scopes));
    if (!isJsonObject(node)) return;
    for (const [key, value] of Object.entries(node)) {
      if (key === "expr") this.#expression(value, [...at, key], scopes);
      else this.#expressionsIn(value, [...at, key], scopes);
    }
  }

  #predicate(node: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    this.#expression(node, at, scopes);
    if (!isJsonObject(node)) return;
    this.#use(node["field"], [...at, "field"], scopes);
    this.#predicate(node["not"], [...at, "not"], scopes);
    for (const word of ["and", "or"]) {
      const list = node[word];
      if (Array.isArray(list)) {
        list.forEach((item: Json, i) => this.#predicate(item, [...at, word, i], scopes));
      }
    }
  }

  #repeated(repeat: Json | undefined, at: Path, scopes: readonly Scope[]): void {
    this.#useAll(repeat, at, scopes);
    if (!isJsonObject(repeat)) return;
    for (const [key, fields] of Object.entries(repeat)) this.#useAll(fields, [...at, key], scopes);
  }

  #selection(param: Json, at: Path, scopes: readonly Scope[]): void {
    const select = isJsonObject(param) ? param["select"] : undefined;
    if (isJsonObject(select)) this.#useAll(select["fields"], [...at, "fields"], scopes);
  }

  /** The rows after a transform. */
  #transform(transform: JsonObject, at: Path, scope: Scope): Scope {
    const kind = Object.keys(TRANSFORMS).find((key) => Object.hasOwn(transform, key));
    if (kind === undefined) return UNKNOWN_ROWS;
    const { reads, lists = [], inner, after } = TRANSFORMS[kind]!;
    const scopes = [scope];
    for (const key of reads) this.#use(transform[key], [...at, key], scopes);
    for (const key of ["groupby", ...lists]) this.#useAll(transform[key], [...at, key], scopes);
    for (const key of ["sort", ...inner ?? []]) {
      const parts = transform[key];
      if (!Array.isArray(parts)) continue;
      parts.forEach((part: Json, i) =>
        isJsonObject(part) && this.#use(part["field"], [...at, key, i, "field"], scopes)
      );
    }
    if (kind === "filter") this.#predicate(transform["filter"], [...at, "filter"], scopes);
    if (kind === "calculate") this.#expression(transform["calculate"], [...at, "calculate"], scopes);
    if (kind === "lookup") this.#lookedUp(transform["from"], [...at, "from"]);
    return after(transform, scope);
  }

  #lookedUp(from: Json | undefined, at: Path): void {
    if (!isJsonObject(from) || from["data"] === undefined) return;
    const scopes = [this.#scopeOf(from["data"])];
    this.#use(from["key"], [...at, "key"], scopes);
    this.#useAll(from["fields"], [...at, "fields"], scopes);
  }
}

const FUNCTIONS_HELP = "its functions are those of https://vega.github.io/vega/docs/expressions/";

/** The names of the params of all views, and of the config. */
function paramsIn(view: JsonObject): string[] {
  const config = isJsonObject(view["config"]) ? view["config"]["params"] : undefined;
  const own = [view["params"] ?? [], config ?? []].flat().filter(isJsonObject);
  const inner = childrenOf({ view, at: [] }).flatMap((child) => paramsIn(child.view));
  return [...own.flatMap(({ name }) => typeof name === "string" ? [name] : []), ...inner];
}

interface TransformRules {
  /** Keys that hold a field. */
  readonly reads: readonly string[];
  /** Keys that hold a list of fields, besides `groupby`. */
  readonly lists?: readonly string[];
  /** Keys that hold a list of maps with a `field`, besides `sort`. */
  readonly inner?: readonly string[];
  readonly after: (transform: JsonObject, scope: Scope) => Scope;
}

/** What each transform reads and makes, by the key that tells it from the others. */
const TRANSFORMS: Readonly<Record<string, TransformRules>> = {
  filter: { reads: [], after: (_, scope) => scope },
  calculate: { reads: [], after: (t, scope) => adding(scope, asOf(t)) },
  lookup: { reads: ["lookup"], after: (t, scope) => adding(scope, lookedUpNames(t)) },
  aggregate: {
    reads: [],
    inner: ["aggregate"],
    after: (t, scope) => only(scope, groupsOf(t), asIn(t, "aggregate")),
  },
  joinaggregate: {
    reads: [],
    inner: ["joinaggregate"],
    after: (t, scope) => adding(scope, asIn(t, "joinaggregate")),
  },
  window: { reads: [], inner: ["window"], after: (t, scope) => adding(scope, asIn(t, "window")) },
  bin: { reads: ["field"], after: (t, scope) => adding(scope, withEnds(asOf(t))) },
  timeUnit: { reads: ["field"], after: (t, scope) => adding(scope, withEnds(asOf(t))) },
  stack: { reads: ["stack"], after: (t, scope) => adding(scope, withEnds(asOf(t))) },
  fold: { reads: [], lists: ["fold"], after: (t, scope) => adding(scope, asOf(t, ["key", "value"])) },
  flatten: { reads: [], lists: ["flatten"], after: (t, scope) => adding(scope, asOf(t)) },
  impute: { reads: ["impute", "key"], after: (_, scope) => scope },
  sample: { reads: [], after: (_, scope) => scope },
  extent: { reads: ["extent"], after: (_, scope) => scope },
  density: {
    reads: ["density"],
    after: (t, scope) => only(scope, groupsOf(t), asOf(t, ["value", "density"])),
  },
  quantile: {
    reads: ["quantile"],
    after: (t, scope) => only(scope, groupsOf(t), asOf(t, ["prob", "value"])),
  },
  regression: {
    reads: ["regression", "on"],
    after: (t, scope) =>
      t["params"] === true
        ? UNKNOWN_ROWS
        : only(scope, groupsOf(t), asOf(t, textsIn([t["on"]!, t["regression"]!]))),
  },
  loess: {
    reads: ["loess", "on"],
    after: (t, scope) => only(scope, groupsOf(t), asOf(t, textsIn([t["on"]!, t["loess"]!]))),
  },
  pivot: { reads: ["pivot", "value"], after: pivoted },
};

function adding(scope: Scope, names: readonly string[]): Scope {
  return { ...scope, made: new Set([...scope.made, ...names]) };
}

/** The rows are new ones: of the old fields those of the groups are left. */
function only(scope: Scope, kept: readonly string[], made: readonly string[]): Scope {
  const left = kept.filter((name) => scope.columns.has(name));
  return { ...scope, columns: new Set(left), made: new Set([...kept, ...made]), open: false };
}

/** A field for each value of a column: known where all of these are. */
function pivoted(transform: JsonObject, scope: Scope): Scope {
  const values = scope.values?.get(String(transform["pivot"]));
  return { ...only(scope, groupsOf(transform), values ?? []), open: values === undefined };
}

function groupsOf(transform: JsonObject): string[] {
  return textsIn(transform["groupby"]);
}

function asOf(transform: JsonObject, usual: readonly string[] = []): string[] {
  const names = textsIn(transform["as"]);
  return [...names, ...usual.slice(names.length)];
}

function asIn(transform: JsonObject, key: string): string[] {
  const parts = transform[key];
  return Array.isArray(parts)
    ? parts.flatMap((part: Json) => isJsonObject(part) ? textsIn(part["as"]) : [])
    : [];
}

function lookedUpNames(transform: JsonObject): string[] {
  const from = transform["from"];
  const { fields, param } = isJsonObject(from) ? from : {};
  const names = textsIn(transform["as"]);
  return names.length > 0 ? names : [...textsIn(fields), ...textsIn(param)];
}

/** Vega-Lite names the other end after the first where only one is given. */
function withEnds(names: readonly string[]): string[] {
  const [name, end] = names;
  return name === undefined || end !== undefined ? [...names] : [name, `${name}_end`, `${name}_range`];
}

function scopeOfRows(values: Json): Scope {
  if (!Array.isArray(values) || !values.every(isJsonObject)) return UNKNOWN_ROWS;
  return { ...UNKNOWN_ROWS, made: new Set(values.flatMap((row) => Object.keys(row))), open: false };
}

function textsIn(value: Json | undefined): string[] {
  return [value ?? null].flat().filter((name) => typeof name === "string");
}

function textOr(value: Json | undefined, usual: string): string {
  return typeof value === "string" ? value : usual;
}
