import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { type LocatedEntry, type Path, sizeOf, toJson } from "./located.ts";
import { explainShape } from "./shape_errors.ts";

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
