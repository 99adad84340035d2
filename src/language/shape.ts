import { Ajv, type ValidateFunction } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import { type LocatedEntry, type Path, toJson } from "./located.ts";
import { explainShape } from "./shape_errors.ts";

/**
 * Everything about a value that its schema does not allow.
 * @param path from the start of the file to the value, for messages
 */
export function checkShape(entry: LocatedEntry, path: Path, schema: JsonObject): Diagnostic[] {
  const validate = validatorOf(schema);
  return validate(toJson(entry.value)) ? [] : explainShape(entry, path, validate.errors ?? [], schema);
}

const validators = new WeakMap<JsonObject, ValidateFunction>();
let ajv: Ajv | undefined;

/** Compiled when it is first needed: a schema costs milliseconds, and a pipeline uses few kinds. */
function validatorOf(schema: JsonObject): ValidateFunction {
  let validator = validators.get(schema);
  if (validator === undefined) {
    // Schemas are constants, which tests check strictly (see published_schemas.ts): here that would cost 15 ms.
    ajv ??= new Ajv({
      allErrors: true,
      verbose: true,
      strict: false,
      meta: false,
      validateSchema: false,
      code: { optimize: false },
      inlineRefs: false, // a definition is compiled once, not once for each use
    });
    validator = ajv.compile(schema);
    validators.set(schema, validator);
  }
  return validator;
}
