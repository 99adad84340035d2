import type { Diagnostic } from "../core/diagnostic.ts";
import { inputValues } from "./input_values.ts";
import type { PlanNode } from "./plan.ts";

export interface AbsentFile {
  /** As messages name it. */
  readonly path: string;
  readonly warning: Diagnostic;
}

/** What is known of a node that cannot be evaluated before files are there that it, or what it reads, is planned from. */
export interface Unknown {
  readonly files: readonly AbsentFile[];
  /** How many members or items it will list, at most. */
  readonly size: number;
  /** See `PlanKind.outline`. */
  readonly outline?: unknown;
}

/**
 * @param read the nodes that it reads
 * @param absent the files that it asks for itself
 */
export function unknownNode(
  node: PlanNode,
  read: readonly PlanNode[],
  absent: readonly AbsentFile[],
): PlanNode {
  const { kind, config } = node;
  const files = new Set([...absent, ...read.flatMap(({ unknown }) => unknown?.files ?? [])]);
  const outline = kind.contract === "plan" ? kind.outline?.(config) : undefined;
  const size = sizeOf(node, read);
  return { ...node, unknown: { files: [...files], size, ...(outline !== undefined && { outline }) } };
}

/** An items kind is taken to have an item for each member of what it reads. */
function sizeOf({ kind, config, inputs }: PlanNode, read: readonly PlanNode[]): number {
  if (kind.contract !== "plan") return read.reduce((sum, { unknown }) => sum + (unknown?.size ?? 0), 0);
  const byName = new Map(read.map((node) => [node.instance, node]));
  const known = (instance: string) => {
    const { output, unknown } = byName.get(instance)!;
    return output ?? unknown?.outline;
  };
  return kind.size?.(config, inputValues(inputs, known)) ?? 0;
}
