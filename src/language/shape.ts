import { Ajv, type ValidateFunction } from "ajv";
import type { Diagnostic } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import { type LocatedEntry, type Path, toJson, valueAt } from "./located.ts";
import { explainShape } from "./shape_errors.ts";

/** Everything about the value at `path` that its schema does not allow. */
export function checkShape(root: LocatedEntry, path: Path, schema: JsonObject): Diagnostic[] {
  const value = valueAt(root, path);
  const validate = validatorOf(schema);
  if (value === undefined || validate(toJson(value))) return [];
  return explainShape(root, path, validate.errors ?? []);
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
    });
    validator = ajv.compile(schema);
    validators.set(schema, validator);
  }
  return validator;
}
