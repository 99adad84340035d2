import { anyOfWords, found, quote, suggestion, TYPE_WORDS } from "../../../core/describe.ts";
import { nearestName } from "../../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";

/** What a schema does not allow in a value, in words that follow "Cannot read ...: ". */
export interface Mistake {
  readonly code: "unknown-key" | "missing-key" | "wrong-type" | "bad-value";
  readonly what: string;
  /** From the value down to what is wrong. */
  readonly at: Path;
  /** Set if the last key of `at` is at fault and not its value. */
  readonly on?: "key";
  readonly help: string | undefined;
}
export type Path = readonly (string | number)[];

export interface ReadingOptions {
  /** The value is laid over one that is whole: keys may be missing, and null removes. Lists are whole. */
  readonly partial?: boolean;
}

/**
 * What is wrong with a value, each mistake once and at the deepest place where it can be told: of several forms that a
 * value may have, those of the form that was meant.
 *
 * ajv knows as much, but takes half a second to compile Vega-Lite's schema, and tells dozens of errors about a misspelled
 * mark: one for each form that it is not. This reads the schema as it stands, and only the keywords that are in it.
 * @param root JSON Schema (draft 7) with the keywords of {@link KEYWORDS}; references are to its `definitions`
 */
export function mistakesIn(value: Json, root: JsonObject, options: ReadingOptions = {}): Mistake[] {
  return new Reader(root).read(value, root, options.partial === true).map(inWords);
}

/** The keywords that are understood; `format` and texts for people are passed over. */
export const KEYWORDS: readonly string[] = [
  "$ref",
  "anyOf",
  "type",
  "const",
  "enum",
  "properties",
  "required",
  "additionalProperties",
  "minProperties",
  "items",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
];

/** A mistake that can still be compared with those of other forms. */
type Finding =
  & { readonly at: Path }
  & (
    | { readonly kind: "unknown"; readonly key: string; readonly known: readonly string[] }
    | { readonly kind: "missing"; readonly key: string }
    | { readonly kind: "form"; readonly value: Json; readonly forms: readonly Form[] }
    | { readonly kind: "limit"; readonly value: Json; readonly wanted: string }
  );

/** A form that a value may have. `text`: it is this text and no other. */
interface Form {
  readonly words: string;
  readonly text?: string;
}

class Reader {
  readonly #definitions: JsonObject;
  /** Forms nest in forms, and each value is read under each form once: what was found is kept. */
  readonly #known = new Map<JsonObject, Map<Json, readonly Finding[]>>();

  constructor(root: JsonObject) {
    this.#definitions = root["definitions"] as JsonObject ?? {};
  }

  read(value: Json, schema: JsonObject, partial: boolean): readonly Finding[] {
    if (partial && value === null) return [];
    if (typeof value !== "object" || value === null) return this.#find(value, schema, partial);
    const known = this.#known.get(schema) ?? new Map<Json, readonly Finding[]>();
    this.#known.set(schema, known);
    const findings = known.get(value) ?? this.#find(value, schema, partial);
    known.set(value, findings);
    return findings;
  }

  #find(value: Json, schema: JsonObject, partial: boolean): readonly Finding[] {
    const leaves = this.#leavesOf(schema);
    if (leaves.length === 1) return this.#findInLeaf(value, leaves[0]!, partial);
    const found = leaves.map((leaf) =>
      leaf === schema ? this.#findInLeaf(value, leaf, partial) : this.read(value, leaf, partial)
    );
    return found.some((findings) => findings.length === 0) ? [] : meant(found);
  }

  /** The forms under references and unions. */
  #leavesOf(schema: JsonObject): readonly JsonObject[] {
    if (typeof schema["$ref"] === "string") return this.#leavesOf(this.#definition(schema["$ref"]));
    if (Array.isArray(schema["anyOf"])) return schema["anyOf"].flatMap((branch) => this.#leavesOf(branch));
    return [schema];
  }

  #definition(reference: string): JsonObject {
    const name = decodeURIComponent(reference.slice("#/definitions/".length));
    return this.#definitions[name] as JsonObject;
  }

  #findInLeaf(value: Json, schema: JsonObject, partial: boolean): readonly Finding[] {
    if (!hasForm(value, schema)) return [{ at: [], kind: "form", value, forms: formsOf(schema) }];
    if (Array.isArray(value)) {
      return [...limits(value, schema), ...this.#findInItems(value, schema)];
    }
    if (isJsonObject(value)) return this.#findInProperties(value, schema, partial);
    return limits(value, schema);
  }

  #findInItems(value: readonly Json[], { items }: JsonObject): Finding[] {
    if (!isJsonObject(items)) return [];
    return value.flatMap((item, i) => below(i, this.read(item, items, false)));
  }

  #findInProperties(value: JsonObject, schema: JsonObject, partial: boolean): Finding[] {
    const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonObject>>;
    const others = schema["additionalProperties"];
    const names = Object.keys(properties);
    const required = partial ? [] : (schema["required"] ?? []) as readonly string[];
    const misspelled = new Set<string>();
    const found = Object.entries(value).flatMap(([key, inner]): Finding[] => {
      if (Object.hasOwn(properties, key)) return below(key, this.read(inner, properties[key]!, partial));
      if (isJsonObject(others)) return below(key, this.read(inner, others, partial));
      if (others !== false) return [];
      misspelled.add(nearestKey(key, names) ?? "");
      return [{ at: [], kind: "unknown", key, known: names }];
    });
    const missing = required.filter((key) => !Object.hasOwn(value, key) && !misspelled.has(key));
    return [
      ...missing.map((key): Finding => ({ at: [], kind: "missing", key })),
      ...found,
      ...limits(value, schema),
    ];
  }
}

function below(key: string | number, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, at: [key, ...finding.at] }));
}

/** The findings of the form that was meant; of all forms, where the value is like none. */
function meant(found: readonly (readonly Finding[])[]): readonly Finding[] {
  const like = found.filter((findings) =>
    !findings.some(({ at, kind }) => at.length === 0 && kind === "form")
  );
  if (like.length === 0) return merged(found);
  const least = Math.min(...like.map(unlikeness));
  const nearest = like.filter((findings) => unlikeness(findings) === least);
  const [first] = nearest;
  const sameTag = first!.length === 1 &&
    nearest.every(([only, ...more]) =>
      more.length === 0 && only!.kind === "form" && only!.at.join() === first![0]!.at.join()
    );
  return sameTag ? merged(nearest) : first!;
}

/** How little a value is like a form. What is wrong deep inside says little of what was meant. */
function unlikeness(findings: readonly Finding[]): number {
  let [sum, missing, deep] = [0, 0, 0];
  for (const finding of findings) {
    const depth = finding.at.length;
    if (depth === 0 && finding.kind === "missing") missing = 1;
    else if (depth === 0 && finding.kind === "unknown") {
      sum += nearestKey(finding.key, finding.known) === undefined ? 1 : 0.5;
    } else if (depth === 0) sum += 1;
    else if (depth === 1 && finding.kind === "form") sum += isTag(finding.forms) ? 1.5 : 0.5;
    else deep++;
  }
  return sum + missing + Math.min(0.4, deep / 100);
}

/** Whether the value tells forms apart, such as `type: "boxplot"`. */
function isTag(forms: readonly Form[]): boolean {
  return forms.every(({ text }) => text !== undefined);
}

/** One finding about a value that has none of some forms. */
function merged(found: readonly (readonly Finding[])[]): readonly Finding[] {
  const findings = found.flat().filter((finding) => finding.kind === "form");
  return [{ ...findings[0]!, forms: findings.flatMap(({ forms }) => forms) }];
}

function hasForm(value: Json, schema: JsonObject): boolean {
  if (schema["const"] !== undefined) return value === schema["const"];
  if (Array.isArray(schema["enum"])) return (schema["enum"] as readonly Json[]).includes(value);
  if (schema["type"] === undefined) return true;
  return [schema["type"]].flat().some((type) =>
    typeOf(value) === type || type === "integer" && Number.isInteger(value)
  );
}

function typeOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function formsOf(schema: JsonObject): Form[] {
  const values = schema["const"] !== undefined
    ? [schema["const"]]
    : schema["enum"] as readonly Json[] | undefined;
  if (values === undefined) {
    return [schema["type"] as string | readonly string[]].flat().map((type) => ({
      words: TYPE_WORDS[type] ?? type,
    }));
  }
  return values.map((value) => ({ words: quote(value), ...typeof value === "string" && { text: value } }));
}

function limits(value: Json, schema: JsonObject): Finding[] {
  const size = sizeOf(value);
  return size.flatMap(([keyword, amount, isLeast, unit]): Finding[] => {
    const limit = schema[keyword];
    if (typeof limit !== "number" || (isLeast ? amount >= limit : amount <= limit)) return [];
    const wanted = `${isLeast ? "at least" : "at most"} ${limit}${
      unit === "" ? "" : ` ${unit}${limit === 1 ? "" : "s"}`
    }`;
    return [{ at: [], kind: "limit", value, wanted }];
  });
}

/** The limits that can be set to a value: keyword, the value's amount, whether it is a lower limit, and of what. */
function sizeOf(value: Json): [keyword: string, amount: number, isLeast: boolean, unit: string][] {
  if (typeof value === "number") return [["minimum", value, true, ""], ["maximum", value, false, ""]];
  if (typeof value === "string") {
    return [["minLength", value.length, true, "character"], ["maxLength", value.length, false, "character"]];
  }
  if (Array.isArray(value)) {
    return [["minItems", value.length, true, "item"], ["maxItems", value.length, false, "item"]];
  }
  return isJsonObject(value) ? [["minProperties", Object.keys(value).length, true, "key"]] : [];
}

function nearestKey(key: string, known: readonly string[]): string | undefined {
  return key.length <= 100 ? nearestName(key, known) : undefined;
}

function inWords(finding: Finding): Mistake {
  const { at } = finding;
  switch (finding.kind) {
    case "unknown": {
      const { key, known } = finding;
      const help = suggestion(key, known, "known");
      return {
        code: "unknown-key",
        what: `${quote(key)} is not known here`,
        at: [...at, key],
        on: "key",
        help,
      };
    }
    case "missing":
      return {
        code: "missing-key",
        what: `${quote(finding.key)} is missing`,
        at,
        on: "key",
        help: undefined,
      };
    case "limit":
      return expected(finding.wanted, finding.value, at, "bad-value");
    case "form":
      return notAmong(finding.value, finding.forms, at);
    default:
      return finding satisfies never;
  }
}

function notAmong(value: Json, forms: readonly Form[], at: Path): Mistake {
  const texts = [...new Set(forms.flatMap(({ text }) => text ?? []))];
  const isText = typeof value === "string" && texts.length > 0;
  const help = isText ? suggestion(value, texts, "values") : undefined;
  if (isText && (isTag(forms) || texts.length > FEW || nearestKey(value, texts) !== undefined)) {
    return { code: "bad-value", what: `${quote(value)} is not one of its values`, at, help };
  }
  const words = forms.map(({ words, text }) => text === undefined || texts.length <= FEW ? words : "a text");
  return { ...expected(anyOfWords([...new Set(words)]), value, at, "wrong-type"), help };
}

/** How many texts a message lists. */
const FEW = 6;

function expected(wanted: string, value: Json, at: Path, code: Mistake["code"]): Mistake {
  return { code, what: `expected ${wanted}, found ${found(value)}`, at, help: undefined };
}
