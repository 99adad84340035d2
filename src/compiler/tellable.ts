import type { Diagnostic } from "../core/diagnostic.ts";

/** More problems than this nobody reads. */
export const MAX_TOLD = 100;

type Places = NonNullable<Diagnostic["related"]>;

/**
 * Problems as they are told: in the order of the files, the root first; each once, though a file be imported twice; with the
 * places where its file is imported; and no more than a hundred, errors before warnings.
 * @param root path of the pipeline's own file
 * @param importedAt by path of a file, the places where it is imported, up to the root
 */
export function tellable(
  problems: readonly Diagnostic[],
  root: string,
  importedAt: ReadonlyMap<string, Places> = new Map(),
): Diagnostic[] {
  const distinct = [...new Map(problems.map((problem) => [keyOf(problem), problem])).values()];
  const chosen = distinct.length <= MAX_TOLD ? distinct : firstOf(distinct, root);
  const told = chosen.sort(byPlace(root)).map((problem): Diagnostic => {
    const imported = problem.at && importedAt.get(problem.at.path);
    return imported === undefined
      ? { ...problem }
      : { ...problem, related: [...problem.related ?? [], ...imported] };
  });
  return distinct.length <= MAX_TOLD ? told : [...told, tooManyToTell(distinct.some(isError))];
}

function firstOf(problems: readonly Diagnostic[], root: string): Diagnostic[] {
  const errors = problems.filter(isError).sort(byPlace(root));
  const others = problems.filter((problem) => !isError(problem)).sort(byPlace(root));
  return [...errors, ...others].slice(0, MAX_TOLD);
}

function tooManyToTell(isError: boolean): Diagnostic {
  return {
    severity: isError ? "error" : "warning",
    code: "more-problems",
    message: `There are more than ${MAX_TOLD} problems: these are the first`,
    help: "correct them, and check the file again",
  };
}

function keyOf({ severity, code, message, at }: Diagnostic): string {
  return [severity, code, at?.path, at?.line, at?.column, message].join("\0");
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

/** The root file first, then those that it imports. */
function byPlace(root: string): (a: Diagnostic, b: Diagnostic) => number {
  const fileOf = ({ at }: Diagnostic) => at === undefined || at.path === root ? "" : at.path;
  return (a, b) => {
    const [fileA, fileB] = [fileOf(a), fileOf(b)];
    if (fileA !== fileB) return fileA < fileB ? -1 : 1;
    return (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0);
  };
}
