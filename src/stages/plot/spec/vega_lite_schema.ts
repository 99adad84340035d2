import type { JsonObject } from "../../../core/json.ts";

let schema: JsonObject | undefined;

/**
 * Vega-Lite's own JSON Schema, a part of the program. It is large (1.5 MB), so that it is read when a plot first needs it;
 * at once, since plans are made without waiting.
 */
export function vegaLiteSchema(): JsonObject {
  const url = new URL(import.meta.resolve("vega-lite/vega-lite-schema.json"));
  return schema ??= JSON.parse(Deno.readTextFileSync(url)) as JsonObject;
}
