/**
 * Writes the published JSON Schemas beside this file, and the tables of docs/language.md, from the objects that the language
 * checks pipelines with.
 */
import { outputSchemas } from "../src/cli/output_schemas.ts";
import { publishedSchemas } from "../src/language/published_schemas.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { withTables } from "./reference.ts";

export const REFERENCE = new URL("../docs/language.md", import.meta.url);

/** The files of this folder by name. No schema depends on the engine. */
export function schemaFiles(): Map<string, string> {
  return new Map([...publishedSchemas(stageKinds("", () => "")), ...outputSchemas()]);
}

/** The text of docs/language.md with its tables renewed. */
export function referencePage(page: string): string {
  return withTables(page, stageKinds("", () => ""));
}

if (import.meta.main) {
  for (const [name, text] of schemaFiles()) {
    Deno.writeTextFileSync(new URL(name, import.meta.url), text);
    console.log(`schemas/${name}`);
  }
  Deno.writeTextFileSync(REFERENCE, referencePage(Deno.readTextFileSync(REFERENCE)));
  console.log("docs/language.md");
}
