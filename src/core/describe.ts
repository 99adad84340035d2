import { nearestName } from "./diagnostic.ts";

/** How a message shows a value of the file: JSON, cut when it is long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length <= MAX_QUOTED ? text : `${text.slice(0, MAX_QUOTED - 1)}…${text.at(-1)}`;
}
const MAX_QUOTED = 60;

/** The type of a value and the value, in words: `the text "ten"`, `the integer 3`, `a list of 2`. */
export function found(value: unknown): string {
  if (value === null) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`;
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty map" : "a map";
  if (typeof value === "string") return value === "" ? "an empty text" : `the text ${quote(value)}`;
  return String(value);
}

/** Help for a name that is not known: the nearest known one, then all of them: `did you mean "a"? Known: a, b`. */
export function suggestion(name: string, known: Iterable<string>, what: string): string | undefined {
  const names = [...known];
  if (names.length === 0) return undefined;
  const near = name.length <= MAX_QUOTED ? nearestName(name, names) : undefined;
  if (near === undefined) return listed(what, names);
  if (names.length === 1) return `did you mean ${quote(near)}?`;
  return `did you mean ${quote(near)}? ${listed(`${what.charAt(0).toUpperCase()}${what.slice(1)}`, names)}`;
}

/** `its stages: a, b`; of many the first twelve. */
export function listed(what: string, names: Iterable<string>): string {
  const all = [...names];
  return `${what}: ${all.slice(0, MAX_LISTED).join(", ")}${all.length > MAX_LISTED ? ", …" : ""}`;
}
const MAX_LISTED = 12;

/** `a`, `a or b`, `a, b or c`. */
export function anyOfWords(words: readonly string[]): string {
  return joinedBy("or", words);
}

/** `a`, `a and b`, `a, b and c`. */
export function allOfWords(words: readonly string[]): string {
  return joinedBy("and", words);
}

function joinedBy(last: string, words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** The types of JSON Schema in words. */
export const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "a text",
  number: "a number",
  integer: "an integer",
  boolean: "true or false",
  null: "nothing",
};
