/** Changes of a pipeline file, one at a time, each with the places where a person would look for the mistake. */
import {
  type Document,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
  type YAMLMap,
} from "yaml";

/** Keys and indices from the top of a file. */
export type Path = readonly (string | number)[];

export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Mutant {
  readonly what: string;
  readonly text: string;
  /** Where the change is, or what lacks something: a mistake must be told at one of them. */
  readonly places: readonly Place[];
  /** The path of the map that is changed. */
  readonly map: Path;
  readonly key: string;
}

/** Every entry of every map of a file, but for what is in `x-*`. */
export function entriesOf(text: string): { readonly map: Path; readonly key: string }[] {
  return pairsIn(parseDocument(text)).map(({ map, key }) => ({ map, key }));
}

/** Without the entry. What lacks it is the map: its key, or where it starts. */
export function withoutEntry(text: string, map: Path, key: string): Mutant {
  const document = parseDocument(text);
  const owner = mapAt(document, map);
  owner.items = owner.items.filter((pair) => keyOf(pair) !== key);
  return mutant(document, `${nameOf(map, key)} deleted`, map, key, (places) => places.around(map));
}

/** With two letters of the key exchanged, or one more where that changes nothing. */
export function withMisspeltKey(text: string, map: Path, key: string): Mutant {
  const document = parseDocument(text);
  const misspelt = misspell(key);
  (pairAt(document, map, key).key as Scalar).value = misspelt;
  return mutant(document, `${nameOf(map, key)} misspelt`, map, key, (places) => [places.key(map, misspelt)]);
}

/** With the entry twice. The second one is the mistake. */
export function withEntryTwice(text: string, map: Path, key: string): Mutant {
  const document = parseDocument(text);
  const owner = mapAt(document, map);
  const again = pairAt(document, map, key).clone() as Pair<Scalar, Node>;
  again.key.commentBefore = null;
  visit(again as unknown as Node, (_, node) => {
    if (node !== null && typeof node === "object" && "anchor" in node) {
      delete (node as { anchor?: string }).anchor;
    }
  });
  owner.items.push(again);
  return mutant(document, `${nameOf(map, key)} twice`, map, key, (places) => [places.lastKey(map, key)]);
}

/** With another value. It is the mistake or, of a list of lists, the list inside; or its key where it stands on several lines. */
export function withValue(text: string, map: Path, key: string, value: unknown): Mutant {
  const document = parseDocument(text);
  const pair = pairAt(document, map, key);
  pair.value = document.createNode(value, { flow: true }) as Node;
  const what = `${nameOf(map, key)}: ${JSON.stringify(value)}`;
  return mutant(document, what, map, key, (places) => [
    places.key(map, key),
    ...places.value(map, key),
  ]);
}

export function misspell(name: string): string {
  for (let i = name.length - 2; i >= 0; i--) {
    const [a, b] = [name[i]!, name[i + 1]!];
    if (a !== b && /[a-z]/.test(a) && /[a-z]/.test(b)) {
      return `${name.slice(0, i)}${b}${a}${name.slice(i + 2)}`;
    }
  }
  return `${name}q`;
}

/** `stages.draw.count`, with indices in brackets. */
export function nameOf(map: Path, key: string): string {
  return [...map, key].map((part) => typeof part === "number" ? `[${part}]` : `.${part}`).join("").slice(1);
}

function mutant(
  document: Document,
  what: string,
  map: Path,
  key: string,
  placesOf: (places: Places) => readonly Place[],
): Mutant {
  const text = document.toString({ lineWidth: 0 });
  return { what, text, map, key, places: placesOf(new Places(text)) };
}

/** Where keys and values of a text stand, as the yaml package alone says. */
class Places {
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, uniqueKeys: false });
  }

  key(map: Path, key: string): Place {
    return this.#place(pairAt(this.#document, map, key).key);
  }

  lastKey(map: Path, key: string): Place {
    return this.#place(mapAt(this.#document, map).items.findLast((pair) => keyOf(pair) === key)!.key);
  }

  value(map: Path, key: string): Place[] {
    const value = pairAt(this.#document, map, key).value!;
    const first = isSeq<Node>(value) ? value.items[0] : undefined;
    return [this.#place(value), ...(isSeq(first) ? [this.#place(first)] : [])];
  }

  /** The key of a map, and the map itself. */
  around(map: Path): Place[] {
    if (map.length === 0) return [{ line: 1, column: 1 }];
    const above = map.slice(0, -1);
    const last = map.at(-1)!;
    const own = this.#place(this.#document.getIn(map, true) as Node);
    return typeof last === "number" ? [own] : [this.key(above, last), own];
  }

  #place(node: Node): Place {
    const { line, col } = this.#lines.linePos(node.range![0]);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

type Entry = Pair<Scalar, Node | null>;

function pairsIn(document: Document): { map: Path; key: string; pair: Entry }[] {
  const found: { map: Path; key: string; pair: Entry }[] = [];
  const walk = (node: Node | null, path: Path): void => {
    if (isMap<Scalar, Node | null>(node)) {
      for (const pair of node.items) {
        const key = keyOf(pair);
        if (path.length === 0 && key.startsWith("x-")) continue;
        found.push({ map: path, key, pair });
        walk(pair.value, [...path, key]);
      }
    } else if (node !== null && "items" in node) {
      (node as unknown as { items: Node[] }).items.forEach((item, i) => {
        if (!isPair(item)) walk(item, [...path, i]);
      });
    }
  };
  walk(document.contents, []);
  return found;
}

function mapAt(document: Document, path: Path): YAMLMap<Scalar, Node | null> {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap<Scalar, Node | null>(node)) throw new Error(`There is no map at ${path.join(".")}`);
  return node;
}

function pairAt(document: Document, map: Path, key: string): Entry {
  const pair = mapAt(document, map).items.find((pair) => keyOf(pair) === key);
  if (pair === undefined) throw new Error(`There is no ${nameOf(map, key)}`);
  return pair;
}

function keyOf({ key }: Pair<Scalar, Node | null>): string {
  return isScalar(key) ? String(key.value) : "";
}
