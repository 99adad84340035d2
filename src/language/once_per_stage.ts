import type { Diagnostic } from "../core/diagnostic.ts";
import { withMessage } from "./late_help.ts";
import { type Coordinates, keyOf } from "./matrix.ts";

/** What is wrong with one instance of a stage, or with its settings for some coordinates. */
export interface InstanceProblems {
  readonly coordinates: Coordinates;
  readonly problems: readonly Diagnostic[];
}

/** A problem of some instances that have it in the same words. */
interface Shared {
  readonly first: Diagnostic;
  readonly in: Coordinates[];
}

/** In other words than these, other instances have the same problem in the same place. */
const MAX_WORDINGS = 3;

/** The problems of all instances of a stage, each once, with the first instance where it is not in all of them alike. */
export function oncePerStage(instances: readonly InstanceProblems[]): Diagnostic[] {
  if (instances.length === 1) return [...instances[0]!.problems];
  const byPlace = new Map<string, Map<string, Shared>>();
  for (const { coordinates, problems } of instances) {
    for (const problem of problems) {
      const { code, at, message } = problem;
      const place = [code, at?.path, at?.line, at?.column].join("\0");
      const wordings = byPlace.get(place) ?? new Map<string, Shared>();
      byPlace.set(place, wordings);
      const known = wordings.get(message);
      if (known === undefined) wordings.set(message, { first: problem, in: [coordinates] });
      else if (known.in.at(-1) !== coordinates) known.in.push(coordinates);
    }
  }
  return [...byPlace.values()].flatMap((wordings) => inWords([...wordings.values()], instances.length));
}

function inWords(wordings: readonly Shared[], instances: number): Diagnostic[] {
  const told = wordings.slice(0, MAX_WORDINGS);
  const untold = wordings.slice(MAX_WORDINGS).reduce((sum, { in: among }) => sum + among.length, 0);
  return told.map(({ first, in: among }, i) => {
    if (among.length === instances) return first;
    const more = among.length > 1 ? ` and ${among.length - 1} more` : "";
    const alike = i === told.length - 1 && untold > 0 ? `; like it in ${untold} more` : "";
    return withMessage(first, `${first.message} (in ${keyOf(among[0]!)}${more}${alike})`);
  });
}
