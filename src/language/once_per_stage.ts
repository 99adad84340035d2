import type { Diagnostic } from "../core/diagnostic.ts";
import { withMessage } from "./late_help.ts";
import { type Coordinates, keyOf } from "./matrix.ts";

/** What is wrong with one instance of a stage, or with its settings for some coordinates. */
export interface InstanceProblems {
  readonly coordinates: Coordinates;
  readonly problems: readonly Diagnostic[];
}

/** A problem of some instances, as the first of them has it. */
interface Shared {
  readonly first: Diagnostic;
  readonly in: Coordinates[];
  /** Whether other instances have it with other words. */
  differs: boolean;
}

/** The problems of all instances of a stage, each once, with the first instance where it is not in all of them alike. */
export function oncePerStage(instances: readonly InstanceProblems[]): Diagnostic[] {
  if (instances.length === 1) return [...instances[0]!.problems];
  const found = new Map<string, Shared>();
  for (const { coordinates, problems } of instances) {
    const seen = new Map<string, number>();
    for (const problem of problems) {
      const { code, at } = problem;
      const place = [code, at?.path, at?.line, at?.column].join("\0");
      const ordinal = (seen.get(place) ?? 0) + 1; // two keys may be missing in one place
      seen.set(place, ordinal);
      const known = found.get(`${place}\0${ordinal}`);
      if (known === undefined) {
        found.set(`${place}\0${ordinal}`, { first: problem, in: [coordinates], differs: false });
      } else {
        known.differs ||= known.first.message !== problem.message;
        known.in.push(coordinates);
      }
    }
  }
  return [...found.values()].map((shared) => inWords(shared, instances.length));
}

function inWords({ first, in: among, differs }: Shared, instances: number): Diagnostic {
  if (among.length === instances && !differs) return first;
  const others = among.length > 1 ? ` and ${among.length - 1} more` : "";
  return withMessage(first, `${first.message} (in ${keyOf(among[0]!)}${others})`);
}
