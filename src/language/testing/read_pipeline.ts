/** All phases of the language, as the compiler calls them. */
import type { Diagnostic, Span } from "../../core/diagnostic.ts";
import { readFiles } from "../imports.ts";
import { normalize, type Pipeline } from "../normalize.ts";
import type { Override } from "../params.ts";
import { parse } from "../parse.ts";
import { validate } from "../validate.ts";
import { fakeKinds } from "./fake_kinds.ts";

export interface ReadOptions {
  /** Other files, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Values of params, as `a.b=YAML`. */
  readonly set?: readonly string[];
  /** A file of params. */
  readonly params?: string;
}

export interface ReadPipeline {
  readonly pipeline: Pipeline;
  readonly problems: readonly Diagnostic[];
  /** Each problem as `code line:column "what stands there": message`, in another file with its path in front. */
  readonly told: readonly string[];
}

/** Reads the file `a.yaml`, whose kinds are the fake ones. */
export function readPipeline(text: string, { files = {}, set = [], params }: ReadOptions = {}): ReadPipeline {
  const texts: Record<string, string> = { "a.yaml": text, "params.yaml": params ?? "", ...files };
  const document = parse({ path: "a.yaml", text });
  if (!document.ok) throw new Error(document.error.map(({ message }) => message).join("\n"));
  const overrides: Override[] = params === undefined
    ? []
    : [{ type: "file", source: { path: "params.yaml", text: params } }];
  for (const one of set) {
    const [path, value] = one.split("=") as [string, string];
    texts[`--set ${path}`] = value;
    overrides.push({ type: "value", path: path.split("."), source: { path: `--set ${path}`, text: value } });
  }
  const read = (path: string) =>
    Object.hasOwn(texts, path)
      ? { path, text: texts[path]! }
      : { why: "there is no such file", help: "look" };
  const found = readFiles(document.value, overrides, read);
  const spec = validate(found.value, fakeKinds);
  const pipeline = normalize(spec.value);
  const problems = [found, spec, pipeline].flatMap(({ problems }) => problems);
  return { pipeline: pipeline.value, problems, told: problems.map((problem) => inWords(problem, texts)) };
}

/** What stands in a span that does not leave its line. */
export function textAt(
  { path, line, column, endLine, endColumn }: Span,
  texts: Readonly<Record<string, string>>,
): string {
  const found = texts[path]!.split("\n")[line - 1]!;
  return endLine === line ? found.slice(column - 1, endColumn - 1) : found.slice(column - 1);
}

function inWords({ code, message, at }: Diagnostic, texts: Readonly<Record<string, string>>): string {
  if (at === undefined) return `${code}: ${message}`;
  const path = at.path === "a.yaml" ? "" : `${at.path}:`;
  return `${code} ${path}${at.line}:${at.column} ${textAt(at, texts)} | ${message}`;
}
