import { nearestName, UsageError } from "../core/diagnostic.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { publishedSchemas } from "../language/published_schemas.ts";

/** @param kind of stages, or `pipeline` @throws {UsageError} If there is no such kind */
export function schemaOf(kind: string, kinds: readonly StageKind[]): string {
  const found = publishedSchemas(kinds).get(`${kind}.schema.json`);
  if (found !== undefined) return found;
  const names = kinds.map(({ name }) => name);
  const nearest = nearestName(kind, names);
  throw new UsageError(
    `Cannot print the schema of "${kind}": there is no such kind of stages`,
    nearest === undefined ? `the kinds: ${names.join(", ")}` : `did you mean "${nearest}"?`,
  );
}
