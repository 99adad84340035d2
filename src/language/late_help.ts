import type { Diagnostic } from "../core/diagnostic.ts";

/**
 * A problem whose help is looked for only when it is read: to find the nearest of many names takes long, and of ten thousand
 * problems a hundred are told.
 */
export function withLateHelp(problem: Omit<Diagnostic, "help">, help: () => string | undefined): Diagnostic {
  return {
    ...problem,
    get help() {
      return help();
    },
  };
}

/** The problem in other words; its help stays late. */
export function withMessage(problem: Diagnostic, message: string): Diagnostic {
  const { severity, code, at, related } = problem;
  const places = { ...(at && { at }), ...(related && { related }) };
  return withLateHelp({ severity, code, message, ...places }, () => problem.help);
}
