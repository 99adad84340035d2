import type { Diagnostic } from "../core/diagnostic.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { normalize } from "../language/normalize.ts";
import { parse, type SourceFile } from "../language/parse.ts";
import { validate } from "../language/validate.ts";
import { type Plan, plan } from "./plan.ts";

/**
 * text -parse-> Document -validate-> Spec -normalize-> Pipeline -plan-> Plan. Touches no disk.
 * Each phase leaves out what it found wrong and goes on with the rest, so that one pass tells all mistakes of a file.
 */
export function compile(
  source: SourceFile,
  kinds: readonly StageKind[],
): Result<Plan, readonly Diagnostic[]> {
  const document = parse(source); // YAML with positions
  if (!document.ok) return document;
  const spec = validate(document.value, kinds); // shape: ajv, one schema per stage kind
  const pipeline = normalize(spec.value); // defaults filled in, names resolved, stages ordered
  const planned = plan(pipeline.value); // nodes, inputs, what can be evaluated without a disk
  const problems = [...spec.problems, ...pipeline.problems, ...planned.problems];
  return problems.length > 0 ? fail(problems.sort(byPlace)) : ok(planned.value);
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
}
