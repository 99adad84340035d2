import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Document, isCollection, isScalar, parse as parseYaml, Scalar, stringify, visit } from "yaml";
import { compile } from "../src/compiler/compile.ts";
import { planOutputDigest } from "../src/core/identity.ts";
import type { PlanNode } from "../src/compiler/plan.ts";
import { digestOf, sha256 } from "../src/core/digest.ts";
import { drawDiagnostic } from "../src/core/draw_diagnostic.ts";
import { canonicalJson, type Json, type JsonObject } from "../src/core/json.ts";
import { type LocatedEntry, toJson } from "../src/language/located.ts";
import { parse } from "../src/language/parse.ts";
import { withDefaults } from "../src/language/schema_walk.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { ROOT } from "./testing/weft.ts";

const kinds = stageKinds("", () => "");
const PATHS = [
  "pipelines/quickstart.yaml",
  ...["dnns", "families", "optimizers"].map((name) => `pipelines/examples/${name}.yaml`),
];
/** Settings in lists, and each setting that belongs to some values of another. */
const LISTS = `
weft: 1
name: lists
stages:
  images: { kind: dataset, source: mnist }
  nets:
    kind: family
    dataset: images
    architecture:
      choice:
        - { kind: mlp, widths: { choice: [[300, { choice: [50, 100] }], [20]] } }
        - kind: cnn
          convolutions: [{ channels: 4, pool: true }, { channels: { choice: [4, 8] }, kernel: { choice: [3, 15] } }]
          dense: { choice: [0, [16, 8]] }
        - { kind: vit, patch: 7, depth: 1, heads: 2, head_dim: { int_uniform: [2, 8] } }
    init: { choice: [{ scheme: constant, value: 0.01 }, { scheme: orthogonal }] }
    training:
      optimizer: { name: { choice: [adam, adamw, sgd, rmsprop] }, momentum: 0.9, weight_decay: { choice: [0, 0.1] } }
      schedule: { choice: [{ name: step, every: 2 }, { name: cosine, warmup: 0.5 }] }
      dropout: { choice: [0, 0.5] }
      fraction: 0.5
    cases: [{ name: usual, weight: 3 }, { name: flat, architecture: { kind: mlp, depth: 1, width: 5 } }]
    exclude: [{ widths: [[20]], dropout: 0.5 }, { convolutions.2.kernel: 15, dense: 0 }]
    impossible: skip
  draw: { kind: sampling, family: nets, method: random, count: 9 }
  trained: { kind: train, sample: draw, epochs: 2 }
`;
const TEXTS = [...PATHS.map((path) => Deno.readTextFileSync(ROOT + path)), LISTS];
const files = TEXTS.map((whole) => {
  const text = whole.replace(/\b(count|models): \d+/g, "$1: 4"); // to be drawn in less time
  return { pipeline: parseYaml(text, { merge: true }) as JsonObject, identities: identitiesOf(text) };
});
const file = fc.constantFrom(...files);
const seed = fc.integer();

Deno.test("compile() gives the same identities whatever the order of keys, the style and the comments", () => {
  fc.assert(
    fc.property(file, seed, ({ pipeline, identities }, seed) => {
      const chance = chanceFrom(seed);
      assertEquals(identitiesOf(written(shuffled(pipeline, chance), chance)), identities);
    }),
    { numRuns: 60 },
  );
});

Deno.test("compile() gives the same identities when defaults are written out", () => {
  fc.assert(
    fc.property(file, seed, ({ pipeline, identities }, seed) => {
      const chance = chanceFrom(seed);
      const stages = mapValues(
        stagesOf(pipeline),
        (stage) => chance(2) === 0 ? stage : withItsDefaults(stage),
      );
      assertEquals(identitiesOf(stringify({ ...pipeline, stages })), identities);
    }),
    { numRuns: 40 },
  );
});

Deno.test("compile() gives the same identities when a value is put into a param", () => {
  fc.assert(
    fc.property(file, fc.array(seed, { minLength: 1, maxLength: 4 }), ({ pipeline, identities }, seeds) => {
      const params: Record<string, Json> = { ...pipeline["params"] as JsonObject };
      let stages = stagesOf(pipeline);
      for (const seed of seeds) {
        const name = `p${Object.keys(params).length}`;
        const places = literalsIn(stages);
        const path = places[chanceFrom(seed)(places.length)]!;
        params[name] = at(stages, path);
        stages = replaced(stages, path, `\${{ params.${name} }}`) as Stages;
      }
      assertEquals(identitiesOf(stringify({ ...pipeline, params, stages })), identities);
    }),
    { numRuns: 60 },
  );
});

Deno.test("compile() gives the same identities however stages may run, and whatever there is for a run", () => {
  fc.assert(
    fc.property(file, seed, ({ pipeline, identities }, seed) => {
      const chance = chanceFrom(seed);
      const stages = mapValues(stagesOf(pipeline), (stage) => withLimits(stage, chance));
      const resources = { memory: 16 + chance(100), gpu: 1 };
      const budget = { minutes: 1 + chance(100), max_failures: chance(9) };
      const head = { ...pipeline, resources, ...(chance(2) === 0 && { budget }) };
      assertEquals(identitiesOf(stringify({ ...head, stages })), identities);
    }),
    { numRuns: 60 },
  );
});

Deno.test("compile() gives the same identities when a stage is renamed", () => {
  fc.assert(
    fc.property(fc.constantFrom(files[0]!, files[1]!), seed, ({ pipeline, identities }, seed) => {
      const names = Object.keys(stagesOf(pipeline));
      const old = names[chanceFrom(seed)(names.length)]!;
      const renamed = (name: string) => name === old ? "another-name" : name;
      const stages = Object.fromEntries(
        Object.entries(stagesOf(pipeline)).map((
          [name, stage],
        ) => [renamed(name), withInputs(stage, renamed)]),
      );
      const found = identitiesOf(stringify({ ...pipeline, stages }));
      const original = (instance: string) => instance.replace(/^another-name(?=$|\/)/, old);
      assertEquals(
        new Map([...found].map(([instance, identity]) => [original(instance), identity])),
        identities,
      );
    }),
    { numRuns: 40 },
  );
});

Deno.test("parse() gives each key and value the place where exactly it stands", () => {
  const value = fc.jsonValue({ maxDepth: 4 }).map((value) => ({ value }));
  fc.assert(
    fc.property(value, seed, (value, seed) => {
      const text = written(value as Json, chanceFrom(seed));
      const document = parse({ path: "a.yaml", text });
      if (document.ok) checkPlaces(document.value.root, text.split("\n"));
    }),
    { numRuns: 500 },
  );
  for (const path of PATHS) {
    const text = Deno.readTextFileSync(ROOT + path);
    const document = parse({ path, text });
    if (!document.ok) throw new Error(`${path} is no YAML`);
    checkPlaces(document.value.root, text.split("\n"));
  }
});

/** What decides results, by instance. Names of inputs are none of it: what they hold is. */
function identitiesOf(text: string): Map<string, unknown> {
  const result = compile({ path: "a.yaml", text }, kinds);
  if (!result.ok) throw new Error(result.error.map((d) => drawDiagnostic(d, () => text)).join("\n"));
  const nodes = new Map(result.value.nodes.map((node) => [node.instance, node]));
  return new Map(result.value.nodes.map((node) => [node.instance, identityOf(node, nodes)]));
}

function identityOf(node: PlanNode, nodes: ReadonlyMap<string, PlanNode>): unknown {
  const { kind, identityConfig, inputs, output, items } = node;
  const read = Object.entries(inputs).sort().map(([role, { instances, labels, list }]) => {
    const identities = instances.map((instance) =>
      sha256(canonicalJson(identityOf(nodes.get(instance)!, nodes)))
    );
    return [role, identities, labels, list];
  });
  return {
    kind: kind.name,
    config: identityConfig,
    read,
    ...(output !== undefined && { output: planOutputDigest(kind.output, output) }),
    ...(items !== undefined && { items: items.map(({ identity }) => digestOf(identity)) }),
  };
}

/** Every span holds the text of its value: that text alone means the value. */
function checkPlaces({ key, value }: LocatedEntry, lines: readonly string[]): void {
  assertEquals(meaning(textIn(lines, value.at)), toJson(value));
  if (value.type === "list") { for (const item of value.items) checkPlaces({ key, value: item }, lines); }
  if (value.type !== "map") return;
  for (const [name, entry] of value.entries) {
    assertEquals(String(meaning(textIn(lines, entry.key)) ?? ""), name);
    checkPlaces(entry, lines);
  }
}

/** The text of a span, with the indentation that its first line has in the file. */
function textIn(lines: readonly string[], span: LocatedEntry["key"]): string {
  const { line, column, endLine, endColumn } = span;
  const inside = lines.slice(line - 1, endLine);
  if (endLine >= line && inside.length === endLine - line + 1) {
    inside[inside.length - 1] = inside.at(-1)!.slice(0, endColumn - 1);
  }
  return " ".repeat(column - 1) + inside.join("\n").slice(column - 1);
}

function meaning(text: string): unknown {
  return parseYaml(text) ?? null;
}

/** A number from 0 to `count` - 1, the next of a series. */
type Chance = (count: number) => number;

function chanceFrom(seed: number): Chance {
  let state = seed | 0;
  return (count) => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5 | 0; // mulberry32's step
    return ((state ^ (state >>> 12)) >>> 0) % count;
  };
}

function shuffled(value: Json, chance: Chance): Json {
  if (Array.isArray(value)) return value.map((item: Json) => shuffled(item, chance));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => ({
    key,
    inner: shuffled(inner, chance),
    at: chance(1e6),
  }));
  return Object.fromEntries(entries.sort((a, b) => a.at - b.at).map(({ key, inner }) => [key, inner]));
}

/** As YAML, each part in a style of its own, with comments. */
function written(value: Json, chance: Chance): string {
  const document = new Document(value);
  const styles = [Scalar.PLAIN, Scalar.QUOTE_DOUBLE, Scalar.QUOTE_SINGLE, Scalar.BLOCK_LITERAL] as const;
  visit(document, (_, node) => {
    if (isCollection(node)) node.flow = chance(2) === 0;
    if (isScalar(node) && typeof node.value === "string") {
      const type = styles[chance(styles.length)]!;
      // a block that starts with a space says how far it is indented, which it is not by itself
      node.type = type === Scalar.BLOCK_LITERAL && /^\s/.test(node.value) ? Scalar.QUOTE_DOUBLE : type;
    }
    if ((isScalar(node) || isCollection(node)) && chance(8) === 0) node.commentBefore = " why this is here";
  });
  return document.toString({ lineWidth: chance(2) === 0 ? 0 : 60 });
}

type Stages = Readonly<Record<string, JsonObject>>;

function stagesOf(pipeline: JsonObject): Stages {
  return pipeline["stages"] as Stages;
}

function mapValues(stages: Stages, change: (stage: JsonObject) => JsonObject): Stages {
  return Object.fromEntries(Object.entries(stages).map(([name, stage]) => [name, change(stage)]));
}

function withItsDefaults({ kind, gather, ...settings }: JsonObject): JsonObject {
  const { schema } = kinds.find(({ name }) => name === kind)!;
  return {
    kind: kind!,
    ...(gather !== undefined && { gather }),
    ...withDefaults(schema, settings) as JsonObject,
  };
}

/** Some ways to run a stage of a kind that runs. */
function withLimits(stage: JsonObject, chance: Chance): JsonObject {
  if (kinds.find(({ name }) => name === stage["kind"])!.contract === "plan") return stage;
  const limits: JsonObject = {
    concurrency: 1 + chance(4),
    resources: { memory: 1 + chance(16), ...(chance(2) === 0 && { gpu: 0.5 }) },
    timeout: { minutes: 0.5 + chance(100) },
    retries: chance(11),
  };
  const chosen = Object.entries(limits).filter(() => chance(2) === 0);
  return { ...stage, ...Object.fromEntries(chosen) };
}

function withInputs(stage: JsonObject, renamed: (name: string) => string): JsonObject {
  const { inputs } = kinds.find(({ name }) => name === stage["kind"])!;
  return Object.fromEntries(
    Object.entries(stage).map(([key, value]) => {
      if (!Object.hasOwn(inputs, key)) return [key, value];
      return [
        key,
        Array.isArray(value) ? value.map((name) => renamed(String(name))) : renamed(String(value)),
      ];
    }),
  );
}

/** Paths of the values below stages that hold no expression; the kind of a stage is always written out. */
function literalsIn(stages: Stages): string[][] {
  const walk = (value: Json, path: string[]): string[][] => {
    const inner = typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => walk(inner as Json, [...path, key]))
      : [];
    const isLiteral = path.length >= 2 && !(path.length === 2 && path[1] === "kind") &&
      !JSON.stringify(value).includes("${{");
    return isLiteral ? [path, ...inner] : inner;
  };
  return walk(stages, []);
}

function at(value: Json, path: readonly string[]): Json {
  return path.reduce((inner, key) => (inner as Record<string, Json>)[key]!, value);
}

function replaced(value: Json, [key, ...path]: readonly string[], by: Json): Json {
  if (key === undefined) return by;
  if (Array.isArray(value)) {
    return value.map((item: Json, i) => String(i) === key ? replaced(item, path, by) : item);
  }
  const map = value as JsonObject;
  return { ...map, [key]: replaced(map[key]!, path, by) };
}
