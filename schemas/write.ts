/** Writes the published JSON Schemas beside this file, from the objects that the language checks pipelines with. */
import { publishedSchemas } from "../src/language/published_schemas.ts";
import { stageKinds } from "../src/stages/registry.ts";

/** The files of this folder by name. No schema depends on the engine. */
export function schemaFiles(): Map<string, string> {
  return publishedSchemas(stageKinds(""));
}

if (import.meta.main) {
  for (const [name, text] of schemaFiles()) {
    Deno.writeTextFileSync(new URL(name, import.meta.url), text);
    console.log(`schemas/${name}`);
  }
}
