import { relative, resolve } from "node:path";
import type { CheckedFile, Diagnostic } from "../mod.ts";

/**
 * A problem as a line that GitHub Actions shows at its place in a pull request.
 * @param file where the problem is if it has no place of its own
 * @see https://docs.github.com/en/actions/reference/workflow-commands-in-github-actions#setting-an-error-message
 */
export function githubAnnotation(diagnostic: Diagnostic, file: Pick<CheckedFile, "path">): string {
  const { severity, code, message, at, help, related = [] } = diagnostic;
  const properties: [string, string | number][] = [["file", repositoryPath(at?.path ?? file.path)]];
  if (at !== undefined) {
    properties.push(["line", at.line], ["endLine", at.endLine]);
    // columns are shown within one line only
    if (at.line === at.endLine) properties.push(["col", at.column], ["endColumn", at.endColumn]);
  }
  properties.push(["title", code]);
  const text = [
    message,
    ...(help === undefined ? [] : [`help: ${help}`]),
    ...related.map(({ message, at }) => `note: ${message} (${at.path}:${at.line}:${at.column})`),
  ].join("\n");
  const told = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  return `::${severity} ${told.join(",")}::${escapeData(text)}`;
}

/** Annotations name files from the root of the repository, wherever in it the command runs. */
function repositoryPath(path: string): string {
  const root = Deno.env.get("GITHUB_WORKSPACE");
  if (!root || path.startsWith("<")) return path;
  const way = relative(root, resolve(path));
  return way.startsWith("..") ? path : way;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
