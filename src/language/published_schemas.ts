import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { pipelineSchema, stageSchema } from "./pipeline_schema.ts";
import { expressionDefinitions, withExpressions } from "./published_values.ts";
import { mapSubschemas } from "./subschemas.ts";

const DRAFT = "http://json-schema.org/draft-07/schema#";
/** Settings that shape the pipeline itself, so that expressions cannot stand in them. */
const LITERAL_SETTINGS = ["kind", "gather"];
/** Maps of a pipeline's file, beside its stages, in which params may stand. */
const PARTS_WITH_PARAMS = ["matrix", "imports", "resources", "budget"];

/**
 * The files of `schemas/` by name, as editors read them: one for pipelines, one for the stages of each kind. They are those
 * that a pipeline is checked with once its expressions have their values, made to accept expressions, too.
 */
export function publishedSchemas(kinds: readonly StageKind[]): Map<string, string> {
  const schemas: [string, JsonObject][] = [
    ["pipeline.schema.json", publishedPipeline(kinds)],
    ...kinds.map((kind): [string, JsonObject] => [`${kind.name}.schema.json`, publishedStage(kind)]),
  ];
  return new Map(schemas.map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]));
}

function publishedStage(kind: StageKind): JsonObject {
  const { definitions, ...stage } = editorSchema(kind);
  return withUsedDefinitions({ $schema: DRAFT, ...stage }, {
    ...definitionsOf(definitions),
    ...expressionDefinitions,
  });
}

/** One file that needs no other, since editors resolve references between files differently. */
function publishedPipeline(kinds: readonly StageKind[]): JsonObject {
  const schema = withExamplesAside(withParams(telling(plain(pipelineSchema(kinds)))));
  const properties = schema["properties"] as JsonObject;
  const stages = properties["stages"] as JsonObject;
  const anyStage = withDescribedKinds(stages["additionalProperties"] as JsonObject, kinds);
  const byKind = kinds.map(({ name }) => ({
    if: { properties: { kind: { const: name } }, required: ["kind"] },
    then: { $ref: `#/definitions/stage.${name}` },
  }));
  return withUsedDefinitions({
    $schema: DRAFT,
    title: "Pipeline of weft",
    ...schema,
    properties: {
      ...properties,
      stages: { ...stages, additionalProperties: { ...anyStage, allOf: byKind } },
    },
  }, { ...Object.assign({}, ...kinds.map(hoistedDefinitions)), ...expressionDefinitions });
}

/** The schema of a kind's stages and what it refers to, under names that no other kind has. */
function hoistedDefinitions(kind: StageKind): JsonObject {
  const { definitions, ...stage } = editorSchema(kind);
  const inner = definitionsOf(definitions);
  const renamed = (schema: JsonObject): JsonObject => {
    const changed = mapSubschemas(schema, renamed);
    const target = targetOf(schema);
    return target !== undefined && Object.hasOwn(inner, target)
      ? { ...changed, $ref: `#/definitions/${kind.name}.${target}` }
      : changed;
  };
  const named = Object.entries(inner).map((
    [name, schema],
  ) => [`${kind.name}.${name}`, renamed(schema as JsonObject)]);
  return { [`stage.${kind.name}`]: renamed(stage), ...Object.fromEntries(named) };
}

/** The schema of a kind's stages as editors need it. */
function editorSchema(kind: StageKind): JsonObject {
  const schema = plain(stageSchema(kind));
  const { definitions, ...stage } = withExamplesAside(withExpressions(telling(soleReferences(schema))));
  const properties = { ...(stage["properties"] as JsonObject) };
  for (const name of LITERAL_SETTINGS) {
    const literal = (schema["properties"] as JsonObject)[name];
    if (literal !== undefined) properties[name] = literal;
  }
  return {
    title: `Stage of kind ${kind.name}`,
    ...stage,
    properties,
    ...(definitions === undefined ? {} : { definitions }),
  };
}

/**
 * A schema in which nothing stands beside a `$ref`, since draft-07 ignores it. What a setting says of itself stands outside
 * of a union of one; where that and what it refers to are both described, it is a copy with its own description.
 */
function soleReferences(root: JsonObject): JsonObject {
  const definitions = definitionsOf(root["definitions"]);
  const visit = (schema: JsonObject): JsonObject => {
    const { $ref: reference, ...beside } = schema;
    const target = definitions[targetOf(schema) ?? ""];
    if (!isJsonObject(target) || Object.keys(beside).length === 0) return mapSubschemas(schema, visit);
    const twice = beside["description"] !== undefined && target["description"] !== undefined;
    return twice ? visit({ ...target, ...beside }) : { ...beside, anyOf: [{ $ref: reference! }] };
  };
  return visit(root);
}

/** A schema whose descriptions say all that editors should show. */
function telling(schema: JsonObject): JsonObject {
  const told = withDefaultTold(schema);
  return mapSubschemas(told, (inner, _role, [keyword]) => {
    const [whole, branch] = [told["description"], inner["description"]];
    const isBranch = keyword === "anyOf" || keyword === "oneOf";
    // Of a union and its branch editors show the branch's text alone.
    if (!isBranch || typeof whole !== "string" || typeof branch !== "string") return telling(inner);
    return telling({ ...inner, description: `${whole}\n\n${branch}` });
  });
}

/** Editors show no defaults. */
function withDefaultTold(schema: JsonObject): JsonObject {
  const { default: usual, description } = schema;
  if (
    usual === undefined || typeof description !== "string" || ['""', "{}"].includes(JSON.stringify(usual))
  ) {
    return schema;
  }
  return {
    ...schema,
    description: `${description}\n\nDefault: ${typeof usual === "string" ? usual : JSON.stringify(usual)}`,
  };
}

/**
 * Examples that editors would suggest or insert as "[object Object]" (lists of maps, and maps where other examples are
 * simpler) go under a condition that always holds: only hover text is taken from there.
 */
function withExamplesAside(schema: JsonObject): JsonObject {
  const { examples, ...rules } = mapSubschemas(schema, withExamplesAside);
  if (!Array.isArray(examples)) return rules;
  const someSimple = examples.some((example: Json) => !isJsonObject(example));
  const isAside = (example: Json) => holdsMapsInLists(example) || (isJsonObject(example) && someSimple);
  const aside = examples.filter(isAside);
  if (aside.length === 0 || rules["allOf"] !== undefined) return { ...rules, examples };
  const kept = examples.filter((example: Json) => !isAside(example));
  const condition = { if: {}, then: { examples: aside } };
  return { ...rules, ...(kept.length > 0 && { examples: kept }), allOf: [condition] };
}

function holdsMapsInLists(value: Json): boolean {
  if (Array.isArray(value)) return value.some((item: Json) => typeof item === "object" && item !== null);
  return isJsonObject(value) && Object.values(value).some(holdsMapsInLists);
}

/** The schema of any stage, with what each kind does: editors suggest the kinds with these texts. */
function withDescribedKinds(stage: JsonObject, kinds: readonly StageKind[]): JsonObject {
  const properties = stage["properties"] as JsonObject;
  const { description } = properties["kind"] as JsonObject;
  const anyOf = kinds.map((kind) => ({ const: kind.name, description: kind.description }));
  return {
    title: "Stage",
    ...stage,
    properties: { ...properties, kind: { description: description!, anyOf } },
  };
}

/** The schema of pipelines with expressions where params may stand outside of stages. */
function withParams(schema: JsonObject): JsonObject {
  const { name, description, ...others } = schema["properties"] as JsonObject;
  const texts = withExpressions({ properties: { name: name!, description: description! } });
  const parts = PARTS_WITH_PARAMS.map((part) => [part, withExpressions(others[part] as JsonObject)]);
  const properties = { ...(texts["properties"] as JsonObject), ...others, ...Object.fromEntries(parts) };
  return { ...schema, properties };
}

/** A schema with those definitions that it refers to, directly or through others. */
function withUsedDefinitions(schema: JsonObject, definitions: JsonObject): JsonObject {
  const used = new Set<string>();
  const visit = (inner: JsonObject): JsonObject => {
    const target = targetOf(inner);
    if (target !== undefined && !used.has(target)) {
      used.add(target);
      visit(definitions[target] as JsonObject);
    }
    return mapSubschemas(inner, visit);
  };
  visit(schema);
  const entries = Object.entries(definitions).filter(([name]) => used.has(name));
  return { ...schema, definitions: Object.fromEntries(entries) };
}

/** The name of the definition that a schema refers to. @throws {Error} If it refers to anything else */
function targetOf({ $ref: reference }: JsonObject): string | undefined {
  if (reference === undefined) return undefined;
  const name = typeof reference === "string" ? /^#\/definitions\/([^/]+)$/.exec(reference)?.[1] : undefined;
  if (name === undefined) {
    throw new Error(`Cannot publish $ref ${JSON.stringify(reference)}: it names no definition`);
  }
  return name;
}

function definitionsOf(definitions: Json | undefined): JsonObject {
  return isJsonObject(definitions) ? definitions : {};
}

/** Without `neutral`, which is the business of identities and which strict readers do not know. */
function plain(schema: JsonObject): JsonObject {
  const { neutral: _, ...others } = schema;
  return mapSubschemas(others, plain);
}
