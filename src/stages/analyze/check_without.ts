import { quote, suggestion } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { InputOutlooks } from "../../core/stage_kind.ts";
import type { AnalyzeConfig } from "./schema.ts";

/** Labels that any rule of grouping may or may not give: leaving them out is never a mistake. */
const LABELS_OF_EVERY_RULE: readonly string[] = ["diverged", "non"];

/** Whether the labels that are left out are ones that the groups can have. */
export function checkWithout({ without, groups }: AnalyzeConfig, inputs: InputOutlooks): Problem[] {
  const columns = inputs["groups"]?.[0]?.tables()["labels"];
  const labels = columns?.find(({ name }) => name === "group")?.values;
  if (labels === undefined) return [];
  const known = new Set([...labels, ...LABELS_OF_EVERY_RULE]);
  return without.flatMap((label, i) =>
    known.has(label) ? [] : [{
      code: "unknown-label",
      message: `Cannot leave out group ${quote(label)}: stage ${quote(groups)} gives no such label`,
      at: ["without", i],
      help: suggestion(label, known, "labels"),
    }]
  );
}
