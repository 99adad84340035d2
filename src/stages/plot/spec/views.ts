import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { Path } from "./schema_mistakes.ts";

/** A view of a Vega-Lite spec, and its place from the top. */
export interface View {
  readonly view: JsonObject;
  readonly at: Path;
}

/** The views that a view is put together from. What is no view is left to the schema. */
export function childrenOf({ view, at }: View): View[] {
  const lists = ["layer", "concat", "hconcat", "vconcat"].flatMap((key) => {
    const list = view[key];
    return Array.isArray(list) ? list.map((child: Json, i) => ({ child, at: [...at, key, i] })) : [];
  });
  const all = [...lists, { child: view["spec"] ?? null, at: [...at, "spec"] }];
  return all.flatMap(({ child, at }) => isJsonObject(child) ? [{ view: child, at }] : []);
}

/** The transforms of a view that are maps, with their places. */
export function transformsOf({ view, at }: View): { readonly transform: JsonObject; readonly at: Path }[] {
  const list = view["transform"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((transform: Json, i) =>
    isJsonObject(transform) ? [{ transform, at: [...at, "transform", i] }] : []
  );
}

/** A `data` of a view or of a lookup, and its place. */
export interface DataUse {
  readonly data: JsonObject;
  readonly at: Path;
}

/** Every place where a spec says where data come from. */
export function dataUses(spec: JsonObject, at: Path = []): DataUse[] {
  const view = { view: spec, at };
  const lookups = transformsOf(view).flatMap(({ transform, at }): DataUse[] => {
    const from = transform["from"];
    return isJsonObject(from) && isJsonObject(from["data"])
      ? [{ data: from["data"], at: [...at, "from", "data"] }]
      : [];
  });
  return [
    ...isJsonObject(spec["data"]) ? [{ data: spec["data"], at: [...at, "data"] }] : [],
    ...lookups,
    ...childrenOf(view).flatMap((child) => dataUses(child.view, child.at)),
  ];
}

/** The name of a table of the run that a `data` asks for; undefined where it brings its own rows or asks for others. */
export function tableName({ data }: DataUse, spec: JsonObject): string | undefined {
  const { name } = data;
  const brings = ["values", "url", "sequence", "sphere", "graticule"].some((key) => Object.hasOwn(data, key));
  if (typeof name !== "string" || brings || isOwnDataset(name, spec)) return undefined;
  return name;
}

/** Whether the spec holds rows under this name itself. */
export function isOwnDataset(name: string, spec: JsonObject): boolean {
  return isJsonObject(spec["datasets"]) && Object.hasOwn(spec["datasets"], name);
}

/** A copy with other values at some places. */
export function withValues(
  value: Json,
  changes: readonly { readonly at: Path; readonly value: Json }[],
): Json {
  if (changes.length === 0) return value;
  const here = changes.find(({ at }) => at.length === 0);
  if (here !== undefined) return here.value;
  const inner = (key: string | number, item: Json) => {
    const own = changes.filter(({ at }) => at[0] === key);
    return withValues(item, own.map(({ at, value }) => ({ at: at.slice(1), value })));
  };
  if (Array.isArray(value)) return value.map((item: Json, i) => inner(i, item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inner(key, item)]));
}
