import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { type LocatedEntry, type Path, sizeOf, toJson } from "./located.ts";
import { meantErrors } from "./meant_errors.ts";
import { explainShape, pointerParts } from "./shape_errors.ts";

/**
 * Everything about a value that its schema does not allow; of a value larger than anybody writes, the first mistake, since ajv
 * takes time with the square of their number.
 * @param path from the start of the file to the value, for messages
 * @param json the value without its places
 */
export function checkShape(
  entry: LocatedEntry,
  path: Path,
  schema: JsonObject,
  json: Json = toJson(entry.value),
): Diagnostic[] {
  const validate = path.length > 0 && sizeOf(entry.value) > MAX_VALUES
    ? hasty.validatorOf(schema)
    : thorough.validatorOf(schema);
  return validate(json) ? [] : explainShape(entry, path, firstOfEach(validate.errors ?? []), schema);
}
const MAX_VALUES = 10_000;

/**
 * What is left of a map without the parts that its schema does not allow, so that more can be checked than its shape: a key of
 * the map itself or, for what is deeper, the map or list around it, whose other parts may hang on it. Undefined: without
 * what is required, or too much, nothing can be said.
 */
export function soundPart(map: JsonObject, schema: JsonObject): JsonObject | undefined {
  const validate = thorough.validatorOf(schema);
  let part = map;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (validate(part)) return part;
    const faults = meantErrors(validate.errors ?? [], schema).map((error) => faultOf(error, part));
    for (const fault of faults) {
      if (fault.length === 0) return undefined;
      part = without(part, fault);
    }
  }
  return undefined;
}
/** A union may have a fault in each of its branches. */
const MAX_ROUNDS = 3;

/** The part to leave out for an error: the path to a value in a map. Empty: the whole. */
function faultOf(error: ErrorObject, map: JsonObject): string[] {
  const place = pointerParts(error.instancePath);
  const stray: string | undefined = error.params["additionalProperty"] ?? error.propertyName;
  if (place.length === 0) return stray === undefined ? [] : [stray];
  const around = place.length === 1 ? place : place.slice(0, stray === undefined ? -1 : undefined);
  const list = around.findIndex((_, i) => Array.isArray(valueIn(map, around.slice(0, i))));
  return list < 0 ? around : around.slice(0, list);
}

function valueIn(value: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, key) => isJsonObject(inner) ? inner[key] : undefined, value);
}

function without(map: JsonObject, [key, ...rest]: readonly string[]): JsonObject {
  const inner = map[key!];
  const { [key!]: _, ...others } = map;
  return rest.length > 0 && isJsonObject(inner) ? { ...others, [key!]: without(inner, rest) } : others;
}

/** Of thousands of errors the first that each rule gave: a list may hold a hundred thousand wrong values. */
function firstOfEach(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const counts = new Map<string, number>();
  return errors.filter(({ schemaPath }) => {
    const count = (counts.get(schemaPath) ?? 0) + 1;
    counts.set(schemaPath, count);
    return count <= MAX_OF_EACH;
  });
}
const MAX_ERRORS = 1000;
/** More than are told of a pipeline. */
const MAX_OF_EACH = 110;

class Validators {
  readonly #allErrors: boolean;
  readonly #compiled = new WeakMap<JsonObject, ValidateFunction>();
  #ajv: Ajv | undefined;

  constructor(allErrors: boolean) {
    this.#allErrors = allErrors;
  }

  /** Compiled when it is first needed: a schema costs milliseconds, and a pipeline uses few kinds. */
  validatorOf(schema: JsonObject): ValidateFunction {
    let validator = this.#compiled.get(schema);
    if (validator === undefined) {
      // Schemas are constants, which tests check strictly (see published_schemas.ts): here that would cost 15 ms.
      this.#ajv ??= new Ajv({
        allErrors: this.#allErrors,
        verbose: true,
        strict: false,
        meta: false,
        validateSchema: false,
        code: { optimize: false },
        inlineRefs: false, // a definition is compiled once, not once for each use
      });
      validator = this.#ajv.compile(schema);
      this.#compiled.set(schema, validator);
    }
    return validator;
  }
}
const thorough = new Validators(true);
const hasty = new Validators(false);
