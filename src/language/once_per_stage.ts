import type { Diagnostic } from "../core/diagnostic.ts";
import { type Coordinates, keyOf } from "./matrix.ts";

/** What is wrong with one instance of a stage, or with its settings for some coordinates. */
export interface InstanceProblems {
  readonly coordinates: Coordinates;
  readonly problems: readonly Diagnostic[];
}

/** The problems of all instances of a stage, each once, with the first instance where it is not in all of them alike. */
export function oncePerStage(instances: readonly InstanceProblems[]): Diagnostic[] {
  if (instances.length === 1) return [...instances[0]!.problems];
  const found = new Map<string, { first: Diagnostic; in: Coordinates[]; differs: boolean }>();
  for (const { coordinates, problems } of instances) {
    for (const problem of problems) {
      const { path, line, column } = problem.at ?? {};
      const key = [problem.code, path, line, column].join("\0");
      const known = found.get(key);
      if (known === undefined) found.set(key, { first: problem, in: [coordinates], differs: false });
      else {
        known.differs ||= known.first.message !== problem.message;
        if (known.in.at(-1) !== coordinates) known.in.push(coordinates);
      }
    }
  }
  return [...found.values()].map(({ first, in: among, differs }) => {
    if (among.length === instances.length && !differs) return first;
    const others = among.length > 1 ? ` and ${among.length - 1} more` : "";
    return { ...first, message: `${first.message} (in ${keyOf(among[0]!)}${others})` };
  });
}
