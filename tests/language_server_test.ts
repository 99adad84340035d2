/** What authors see in editors: the schemas of schemas/ as npm yaml-language-server serves them over pipelines/. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { isMap, isScalar, parseDocument } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "../src/core/json.ts";
import { stageSchema } from "../src/language/pipeline_schema.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { LanguageServer, type Position, type Range } from "./testing/language_server.ts";

const PIPELINES = new URL("../pipelines/", import.meta.url);
const HEAD = "# yaml-language-server: $schema=../schemas/pipeline.schema.json\nweft: 1\n";
const schemas = new Map(stageKinds("", () => "").map((kind) => [kind.name, stageSchema(kind)]));

/** A key of a stage in a pipeline's text. */
interface StageKey {
  readonly uri: string;
  readonly text: string;
  readonly kind: string;
  readonly name: string;
  /** From where to where it stands in the text, as offsets. */
  readonly at: readonly [number, number];
}

Deno.test("yaml-language-server, told of the schema by a pipeline's first line,", async (t) => {
  const files = pipelineFiles(PIPELINES);
  const keys = files.flatMap(stageKeys);
  assertEquals(new Set(keys.map(({ kind }) => kind)), new Set(schemas.keys()), "pipelines/ shows every kind");
  await using server = await LanguageServer.start();

  await t.step("finds no mistake in the files of pipelines/", async () => {
    for (const { uri, text } of files) server.open(uri, text);
    for (const { uri } of files) assertEquals(await server.diagnostics(uri), [], uri);
  });

  await t.step("tells over each key of a stage what the setting means", async () => {
    for (const { uri, text, kind, name, at } of keys) {
      const hover = await server.hover(uri, positionAt(text, at[0] + 1));
      const described = descriptionsOf(kind, name).some((one) => unescaped(hover).includes(one));
      assert(described, `${uri}: ${kind}.${name}: ${hover}`);
    }
  });

  await t.step("marks a misspelt key at its place", async () => {
    const wrong = keys.filter(({ name }) => name !== "kind").map((key) => ({ key, ...misspelt(key) }));
    for (const { uri, text } of wrong) server.open(uri, text);
    for (const { key, uri, range } of wrong) {
      const found = await server.diagnostics(uri);
      const marked = found.filter((problem) => JSON.stringify(problem.range) === JSON.stringify(range));
      assertEquals(marked.length, 1, `${key.uri}: ${key.kind}.${key.name}: ${JSON.stringify(found)}`);
    }
  });

  await t.step(
    "marks a misspelt key inside of a setting at its place, and nothing else of the setting",
    async () => {
      const wrong = [
        "kind: group\n    population: p\n    rule: { quantiles: [0.5], |lables|: [a, b] }",
        "kind: group\n    population: p\n    non: { |esp|: 0.1 }",
        "kind: family\n    dataset: d\n    architecture: { kind: mlp, depth: 1, width: 5, |actvation|: relu }",
        "kind: family\n    dataset: d\n    architecture: { kind: mlp, depth: { |chioce|: [1] }, width: 5 }",
        "kind: family\n    dataset: d\n    architecture: { kind: mlp, depth: 1, width: 5 }\n    init: { |shceme|: zeros }",
        "kind: train\n    sample: s\n    epochs: 1\n    timeout: { minutes: 3, |secodns|: 3 }",
      ].map(opened);
      for (const { uri, ranges } of wrong) {
        const found = (await server.diagnostics(uri)).map(({ range }) => range);
        assertEquals(found, ranges, uri);
      }
    },
  );

  await t.step("suggests the keys that a stage may have and has not", async () => {
    for (const [kind, schema] of schemas) {
      const labels = await suggestionsIn(`kind: ${kind}\n    |`);
      const settings = Object.keys(schema["properties"] as JsonObject).filter((name) => name !== "kind");
      assertEquals(settings.filter((name) => !labels.includes(name)), [], kind);
      assert(!labels.includes("kind"));
    }
  });

  await t.step("suggests the kinds, each with what it does", async () => {
    const { uri, position } = opened("kind: |");
    const suggestions = await server.suggestions(uri, position);
    const told = suggestions.map(({ label, documentation }) => [label, documentation]);
    assertEquals(told, [...schemas].map(([kind, { description }]) => [kind, description]));
  });

  await t.step("suggests the values of settings that have a few", async () => {
    for (const [kind, schema] of schemas) {
      for (const [name, { enum: values }] of Object.entries(schema["properties"] as Properties)) {
        if (values === undefined) continue;
        const labels = await suggestionsIn(`kind: ${kind}\n    ${name}: |`);
        assertEquals(new Set(labels), new Set(values.map(String)), `${kind}.${name}`);
      }
    }
    assertEquals(await suggestionsIn("kind: analyze\n    measures: [|]"), ["statistics", "distribution"]);
    const optimizers = await suggestionsIn("kind: family\n    training:\n      optimizer:\n        name: |");
    assert(["adam", "sgd"].every((name) => optimizers.includes(name)), optimizers.join());
  });

  await t.step("suggests nothing that is no setting and no value", async () => {
    const places = [...schemas.keys()].map((kind) => `kind: ${kind}\n    |`);
    const inner = ["group\n    rule: |", "analyze\n    measures: |", "family\n    architecture:\n      |"];
    for (const place of [...places, ...inner.map((text) => `kind: ${text}`)]) {
      const { uri, position } = opened(place);
      const suggestions = JSON.stringify(await server.suggestions(uri, position));
      assert(!/\[object Object\]|undefined/.test(suggestions), `${place}: ${suggestions}`);
    }
  });

  await t.step("suggests the keys of one kind of architecture once that is known", async () => {
    const labels = await suggestionsIn("kind: family\n    architecture:\n      kind: vit\n      |");
    assert(["patch", "dim", "heads"].every((name) => labels.includes(name)), labels.join());
    assert(!labels.includes("channels"));
  });

  await t.step(
    "marks a value that a setting cannot have, and accepts an expression in its place",
    async () => {
      const stage = "kind: sampling\n    family: f\n    method: |rondam|\n    count: |many|";
      const { uri, ranges } = opened(stage);
      const problems = (await server.diagnostics(uri)).map(({ message, range }) => [message, range]);
      assertEquals(problems, [
        ['Value is not accepted. Valid values: "random", "grid".', ranges[0]],
        ['Incorrect type. Expected "integer".', ranges[1]],
      ]);
      const right = opened(
        stage.replace("|rondam|", "${{ matrix.how }}").replace("|many|", "${{ params.n }}"),
      );
      assertEquals(await server.diagnostics(right.uri), []);
    },
  );

  await t.step("tells the default over a key, and what it means where an expression stands", async () => {
    const { uri, position } = opened("kind: sampling\n    re|plicates: ${{ params.n }}");
    const hover = await server.hover(uri, position);
    assertStringIncludes(hover, "How many members each draw");
    assertStringIncludes(hover, "Default: 1");
  });

  await t.step("tells over the keys that say how a pipeline runs what they mean", async () => {
    const keys: readonly [key: string, meaning: string][] = [
      ["resources", "How much there is on this machine"],
      ["budget", "When a run ends before all is done"],
      ["max_failures", "one more ends the run"],
    ];
    const text =
      `${HEAD}resources: { memory: 16 }\nbudget: { max_failures: "\${{ params.n }}" }\nstages: {}\n`;
    const uri = sibling(new URL("a.yaml", PIPELINES).href);
    server.open(uri, text);
    for (const [key, meaning] of keys) {
      assertStringIncludes(await server.hover(uri, positionAt(text, text.indexOf(key) + 1)), meaning);
    }
  });

  /** The labels that are suggested in a stage where a bar stands. */
  async function suggestionsIn(stage: string): Promise<string[]> {
    const { uri, position } = opened(stage);
    return (await server.suggestions(uri, position)).map(({ label }) => label);
  }

  /** Opens a pipeline of one stage; bars mark places, and pairs of them ranges. */
  function opened(stage: string) {
    const parts = `${HEAD}stages:\n  s:\n    ${stage}`.split("|");
    const text = parts.join("");
    const positions = parts.slice(0, -1).map((_, i) =>
      positionAt(text, parts.slice(0, i + 1).join("").length)
    );
    const ranges = positions.flatMap((start, i) => (i % 2 === 0 ? [{ start, end: positions[i + 1] }] : []));
    const uri = sibling(new URL("a.yaml", PIPELINES).href);
    server.open(uri, text);
    return { uri, position: positions[0]!, ranges };
  }
});

type Properties = Readonly<Record<string, { readonly enum?: readonly Json[] }>>;

interface PipelineFile {
  readonly uri: string;
  readonly text: string;
}

function pipelineFiles(folder: URL): PipelineFile[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return pipelineFiles(new URL(`${name}/`, folder));
    const url = new URL(name, folder);
    return name.endsWith(".yaml") ? [{ uri: url.href, text: Deno.readTextFileSync(url) }] : [];
  });
}

/** A URI of no file, in the folder of another. */
function sibling(uri: string): string {
  return new URL(`${crypto.randomUUID()}.yaml`, uri).href;
}

function stageKeys({ uri, text }: PipelineFile): StageKey[] {
  const stages = parseDocument(text).get("stages");
  if (!isMap(stages)) return [];
  return stages.items.flatMap(({ value: stage }) => {
    if (!isMap(stage)) return [];
    const kind = String(stage.get("kind"));
    return stage.items.flatMap(({ key }) => {
      if (!isScalar(key) || !key.range) return [];
      return [{ uri, text, kind, name: String(key.value), at: [key.range[0], key.range[1]] as const }];
    });
  });
}

/** A pipeline with a wrong ending of a key, and where that key stands then. */
function misspelt({ uri, text, at: [start, end], name }: StageKey): PipelineFile & { readonly range: Range } {
  const wrong = `${name.slice(0, -1)}zz`;
  const changed = text.slice(0, start) + wrong + text.slice(end);
  const range = { start: positionAt(changed, start), end: positionAt(changed, start + wrong.length) };
  return { uri: sibling(uri), text: changed, range };
}

function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length - 1, character: lines.at(-1)!.length };
}

/** What the schema of a kind says about a setting, in any branch. */
function descriptionsOf(kind: string, name: string): string[] {
  const schema = schemas.get(kind)!;
  const definitions = schema["definitions"] as JsonObject | undefined;
  const descriptions = (value: Json | undefined): string[] => {
    if (Array.isArray(value)) return value.flatMap(descriptions);
    if (!isJsonObject(value)) return [];
    const { description, $ref: reference, anyOf, oneOf, allOf, then, else: otherwise } = value;
    const target = typeof reference === "string" ? definitions?.[reference.split("/").at(-1)!] : undefined;
    const own = typeof description === "string" ? [description] : [];
    return [...own, ...[target, anyOf, oneOf, allOf, then, otherwise].flatMap(descriptions)];
  };
  return descriptions((schema["properties"] as JsonObject)[name]);
}

/** Markdown without its backslashes. */
function unescaped(markdown: string): string {
  return markdown.replaceAll(/\\(.)/g, "$1");
}
