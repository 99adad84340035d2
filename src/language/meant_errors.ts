import type { ErrorObject } from "ajv";
import { nearestName } from "../core/diagnostic.ts";
import { DOMAIN_FORMS } from "../core/domain_forms.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { schemasAlong } from "./schema_places.ts";
import { resolved } from "./schema_walk.ts";

/**
 * The errors of ajv that say what a person got wrong: for `anyOf` and `oneOf` those of the branch that was meant, no
 * echoes of other errors, and a misspelled key once.
 * @param root the schema that was compiled, for what `$ref` names
 */
export function meantErrors(errors: readonly ErrorObject[], root: JsonObject): ErrorObject[] {
  return withoutMisspelled(outermost(errors, root));
}

/**
 * Without the missing keys that were written, but misspelled: those are told as unknown keys. A map that was meant as a
 * domain lacks none.
 */
function withoutMisspelled(errors: readonly ErrorObject[]): ErrorObject[] {
  const misspelled = new Set<string>();
  const domains = new Set<string>();
  for (const { keyword, params, parentSchema, instancePath } of errors) {
    if (keyword !== "additionalProperties") continue;
    const near = nearestKey(params["additionalProperty"], Object.keys(parentSchema?.["properties"] ?? {}));
    if (near !== undefined) misspelled.add(`${instancePath}/${near}`);
    if (DOMAIN_FORMS.some((form) => form === near)) domains.add(instancePath);
  }
  return errors.filter(({ keyword, params, instancePath }) =>
    keyword !== "required" ||
    !domains.has(instancePath) && !misspelled.has(`${instancePath}/${params["missingProperty"]}`)
  );
}

function nearestKey(key: string, known: readonly string[]): string | undefined {
  return key.length <= 100 ? nearestName(key, known) : undefined;
}

/** The errors to tell: for `anyOf` and `oneOf` those of the branch that was meant, and no echoes of other errors. */
function outermost(errors: readonly ErrorObject[], root: JsonObject): ErrorObject[] {
  const told: ErrorObject[] = [];
  for (let last = errors.length - 1; last >= 0;) {
    const error = errors[last]!;
    let first = last; // ajv puts the errors of the branches just before that of the union
    if (isUnion(error)) {
      const branches = error.schema as readonly JsonObject[];
      while (first > 0 && branches.some((branch) => isFrom(branch, errors[first - 1]!, error, root))) first--;
      told.push(...meantBranch(error, errors.slice(first, last), root).reverse());
    } else if (error.keyword !== "if" && error.propertyName === undefined) told.push(error);
    last = first - 1;
  }
  return told.reverse();
}

function isUnion({ keyword }: ErrorObject): boolean {
  return keyword === "anyOf" || keyword === "oneOf";
}

/**
 * Whether a branch of a union gave an error: one of its schemas for the error's value holds the keyword. The path of the
 * schema does not tell: behind a `$ref` ajv lets it begin anew.
 */
function isFrom(branch: JsonObject, error: ErrorObject, union: ErrorObject, root: JsonObject): boolean {
  const { instancePath, parentSchema } = error;
  if (instancePath !== union.instancePath && !instancePath.startsWith(`${union.instancePath}/`)) return false;
  const parts = instancePath.slice(union.instancePath.length).split("/").slice(1);
  return schemasAlong(branch, parts, root).at(-1)!.has(parentSchema as JsonObject);
}

/** The errors of the branch that the value is most like; of the union itself, where it is like none. */
function meantBranch(union: ErrorObject, errors: readonly ErrorObject[], root: JsonObject): ErrorObject[] {
  const branches = (union.schema as readonly JsonObject[]).map((branch) => ({
    schema: resolved(branch, root),
    errors: outermost(errors.filter((error) => isFrom(branch, error, union, root)), root),
  }));
  const wrongTag = unknownTag(union, branches.map(({ schema }) => schema));
  if (wrongTag !== undefined) return [wrongTag];
  let best: { errors: ErrorObject[]; likeness: number[] } | undefined;
  for (const { schema, errors } of branches) {
    const likeness = likenessOf(schema, union, errors);
    if (likeness !== undefined && (best === undefined || compare(likeness, best.likeness) > 0)) {
      best = { errors, likeness };
    }
  }
  return best?.errors ?? [union];
}

/** Of maps that are told apart by a key such as `kind`: an error about the value of that key, if no branch has it. */
function unknownTag(union: ErrorObject, branches: readonly JsonObject[]): ErrorObject | undefined {
  if (!isJsonObject(union.data)) return undefined;
  for (const [key, data] of Object.entries(union.data)) {
    const tags = branches.map((branch) => tagOf(branch, key)).filter((tag) => tag !== undefined);
    if (tags.length < 2 || tags.some((tag) => tag === data)) continue;
    return {
      ...union,
      keyword: "enum",
      instancePath: `${union.instancePath}/${key}`,
      data,
      parentSchema: { enum: tags },
    };
  }
  return undefined;
}

function tagOf(branch: JsonObject, key: string): Json | undefined {
  const properties = branch["properties"];
  const property = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  return isJsonObject(property) ? property["const"] : undefined;
}

const OTHER_FORM = new Set(["type", "const", "enum", "anyOf", "oneOf"]);

/** The larger, the more a value is like a branch; undefined: it is not like it at all. */
function likenessOf(
  schema: JsonObject,
  union: ErrorObject,
  errors: readonly ErrorObject[],
): number[] | undefined {
  const { data, instancePath } = union;
  if (errors.length === 0) return undefined; // of `oneOf`: it fits
  if (errors.some((error) => error.instancePath === instancePath && OTHER_FORM.has(error.keyword))) {
    return undefined;
  }
  if (!isJsonObject(data) || !isJsonObject(schema["properties"])) return [0, 0, -errors.length];
  const names = Object.keys(schema["properties"]);
  const keys = Object.keys(data);
  const known = keys.filter((key) => names.includes(key)).length;
  const near = keys.filter((key) => !names.includes(key) && nearestKey(key, names) !== undefined).length;
  if (known + near === 0) return undefined;
  const rightTags = keys.filter((key) => tagOf(schema, key) === data[key]).length;
  return [rightTags, known + near, -errors.length];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((number, i) => number !== b[i]);
  return i < 0 ? 0 : a[i]! - b[i]!;
}
