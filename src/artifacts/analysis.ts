import type { Digest } from "../core/digest.ts";
import type { ArtifactType, ObjectReader } from "../core/stage_kind.ts";
import type { Table } from "../core/table.ts";

/** Tidy tables of measures on weights. Each table is an object of its own, as canonical JSON. */
export interface Analysis {
  readonly tables: Readonly<Record<string, Digest>>;
  /** How the members were grouped, for captions; null without groups. */
  readonly groups: { readonly rule: string; readonly labels: readonly string[] } | null;
  /** Labels that were left out. */
  readonly without: readonly string[];
  /** Members measured, and members planned: "n of m". */
  readonly measured: number;
  readonly planned: number;
}

export const analysisArtifact: ArtifactType<Analysis> = {
  name: "analysis",
  tables: ({ tables }, objects) =>
    Object.fromEntries(
      Object.entries(tables).map(([name, digest]) => [name, () => readTable(objects, digest)]),
    ),
};

export async function readTable(objects: ObjectReader, digest: Digest): Promise<Table> {
  return JSON.parse(new TextDecoder().decode(await objects.get(digest))) as Table;
}
