import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote } from "../core/describe.ts";
import type { PipelineFile } from "./imports.ts";
import type { FileContext } from "./validate.ts";

/** A warning for each param that no expression names. */
export function unusedParams({ params, usedParams }: PipelineFile): Diagnostic[] {
  return [...params?.entries ?? []].filter(([name]) => !usedParams.has(name)).map(([name, { key }]) =>
    warning(
      "unused-param",
      `Param ${quote(name)} is not used`,
      key,
      `use it as "\${{ params.${name} }}", or remove it`,
    )
  );
}

/** A warning for each axis that no stage names. */
export function unusedAxes({ spec, usedAxes }: FileContext): Diagnostic[] {
  return [...spec.matrix.axes.values()].filter(({ name }) => !usedAxes.has(name)).map(({ name, at }) =>
    warning(
      "unused-axis",
      `Axis ${quote(name)} is not used`,
      at,
      `use it as "\${{ matrix.${name} }}", or remove it`,
    )
  );
}

/** A warning for each budget of an imported file, unless the pipeline's own file has one. */
export function unusedBudget([root, ...imported]: readonly PipelineFile[]): Diagnostic[] {
  const budgetIn = ({ root }: PipelineFile) =>
    root.value.type === "map" ? root.value.entries.get("budget") : undefined;
  if (root === undefined || budgetIn(root) !== undefined) return [];
  return imported.flatMap((file) => {
    const budget = budgetIn(file);
    if (budget === undefined) return [];
    const help = "give the pipeline that imports it a budget, too";
    return [warning("unused-budget", "The budget of an imported file has no effect", budget.key, help)];
  });
}

function warning(code: string, message: string, at: Span, help: string): Diagnostic {
  return { severity: "warning", code, message, at, help };
}
