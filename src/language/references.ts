import type { Diagnostic } from "../core/diagnostic.ts";
import { stageOf } from "../core/instance_name.ts";
import { quote, suggestion } from "../core/describe.ts";
import { isBroken, keySpan, type Path, relatedTo, valueSpan } from "./located.ts";
import { type Coordinates, keyOf } from "./matrix.ts";
import type { JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { withLateHelp } from "./late_help.ts";
import { oncePerStage } from "./once_per_stage.ts";
import type { SpecFile, SpecStage, Variant } from "./validate.ts";

/** A place where a stage names another one. */
export interface Reference {
  /** As it stands in the file: `trained`, `dnn.trained`, `trained/data=mnist`. */
  readonly text: string;
  /** Name of the stage in the pipeline, with the prefix of the file that it is in. */
  readonly target: string;
  /** Axes for which it takes one value of the target. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Set if the text cannot be the name of a stage or of an instance. */
  readonly malformed?: true;
  /** The input that it is for. */
  readonly role: string;
  /** From the stage down to the name. */
  readonly path: Path;
}

/**
 * The stages that settings name, in the order of the kind's inputs; what is no name is left to the schema.
 * @param prefix of the file, in front of the names of its stages
 */
export function referencesIn(settings: JsonObject, kind: StageKind | undefined, prefix: string): Reference[] {
  return Object.keys(kind?.inputs ?? {}).flatMap((role) => {
    const value = Object.hasOwn(settings, role) ? settings[role] : undefined;
    const named = (text: unknown, path: Path): Reference[] =>
      typeof text === "string" ? [{ text, role, path, ...parseReference(text, prefix) }] : [];
    return Array.isArray(value) ? value.flatMap((text, i) => named(text, [role, i])) : named(value, [role]);
  });
}

/** A diagnostic for each reference that names no stage, one that makes something else than what is wanted, or one again. */
export function checkReferences(stage: SpecStage, byName: ReadonlyMap<string, SpecStage>): Diagnostic[] {
  return oncePerStage(stage.variants.map((variant) => {
    const seen = new Map<string, Reference>();
    const problems: Diagnostic[] = [];
    for (const reference of variant.references) {
      const key = `${reference.role}\0${reference.target}\0${keyOf(reference.fixed)}`;
      const first = seen.get(key);
      const wrong = checkReference(stage, reference, variant, byName);
      if (wrong !== undefined) problems.push(...wrong);
      else if (first === undefined) seen.set(key, reference);
      else if (variant.wellFormed) problems.push(namedTwice(stage, first, reference, variant)); // else a schema may tell it
      if (problems.length > MAX_PROBLEMS) break;
    }
    return { coordinates: variant.coordinates, problems };
  }));
}
/** More than are told of a pipeline. */
const MAX_PROBLEMS = 110;

/** Undefined: it is right. */
function checkReference(
  stage: SpecStage,
  reference: Reference,
  variant: Variant,
  byName: ReadonlyMap<string, SpecStage>,
): Diagnostic[] | undefined {
  if (isKnownBroken(stage, reference, variant)) return [];
  if (reference.malformed) return [malformed(stage, reference, variant)];
  const target = byName.get(reference.target);
  if (target === stage) return []; // a cycle, which is told as one
  if (target === undefined) return [unknownStage(stage, reference, variant, byName)];
  const made = target.kind?.output.name; // unknown if the kind is: that has its own diagnostic
  const fits = made === undefined || made === wanted(stage, reference);
  return fits ? undefined : [wrongArtifact(stage, reference, variant, target, made, byName)];
}

/** How people name an instance: `figure2/data=mnist`. */
export function instanceName(stage: string, coordinates: Coordinates): string {
  const key = keyOf(coordinates);
  return key === "" ? stage : `${stage}/${key}`;
}

/** `dnn.weights/data=mnist` → its stage and the axes that it fixes. */
function parseReference(text: string, prefix = ""): Pick<Reference, "target" | "fixed" | "malformed"> {
  const [stage = "", ...more] = text.split("/");
  const target = prefix + stage;
  const parts = more.length === 0 ? [] : more.join("/").split(",").map((part) => part.split("="));
  const fixed = new Map(parts.map(([axis, ...value]) => [axis!, value.join("=")]));
  const isRight = stage !== "" && fixed.size === parts.length &&
    parts.every(([axis, value]) => axis && value);
  return { target, fixed: Object.fromEntries(fixed), ...(!isRight && { malformed: true }) };
}

/** Whether something is wrong with a reference that is told already: its value, or the import that it goes through. */
function isKnownBroken({ file }: SpecStage, { text, path }: Reference, { source }: Variant): boolean {
  return isBroken(source, path) || file.brokenImports.some((name) => text.startsWith(`${name}.`));
}

function unknownStage(
  stage: SpecStage,
  reference: Reference,
  variant: Variant,
  byName: ReadonlyMap<string, SpecStage>,
): Diagnostic {
  const artifact = wanted(stage, reference);
  const name = stageOf(reference.text);
  const { prefix } = stage.file;
  const ofImport = stagesByPrefix(byName).get(`${prefix}${name}.`);
  if (ofImport !== undefined) {
    const suited = ofImport.find(({ kind }) => kind?.output.name === artifact) ?? ofImport[0]!;
    const what = `${quote(name)} is an import: name a stage of it, such as`;
    const message = cannotRead(stage, reference, `${what} ${quote(localName(suited, stage.file))}`);
    return referenceProblem("unknown-stage", message, variant, reference);
  }
  const [imported, ...below] = name.split(".");
  const isStranger = below.length > 0 && !stagesByPrefix(byName).has(`${prefix}${imported}.`);
  const what = isStranger ? `no import is named ${quote(imported)}` : `no stage is named ${quote(name)}`;
  return withLateHelp(
    referenceProblem("unknown-stage", cannotRead(stage, reference, what), variant, reference),
    () =>
      suggestion(name, stagesThatMake(artifact, byName, stage), `stages that make ${a(artifact)}`) ??
        whatToAdd(artifact),
  );
}

function cannotRead(stage: SpecStage, reference: Reference, why: string): string {
  return `Cannot read ${subject(stage, reference)}: ${why}`;
}

/** The stages of each file by its prefix. */
function stagesByPrefix(byName: ReadonlyMap<string, SpecStage>): ReadonlyMap<string, readonly SpecStage[]> {
  const known = byPrefix.get(byName) ?? Map.groupBy(byName.values(), ({ file }) => file.prefix);
  byPrefix.set(byName, known);
  return known;
}
/** Thousands of references may name no stage. */
const byPrefix = new WeakMap<ReadonlyMap<string, SpecStage>, ReadonlyMap<string, readonly SpecStage[]>>();

function wrongArtifact(
  stage: SpecStage,
  reference: Reference,
  variant: Variant,
  target: SpecStage,
  made: string,
  byName: ReadonlyMap<string, SpecStage>,
): Diagnostic {
  const artifact = wanted(stage, reference);
  const makes = `stage ${quote(localName(target, stage.file))} makes ${a(made)}, not ${a(artifact)}`;
  const message = `Cannot read ${subject(stage, reference)}: ${makes}`;
  const ends = [definition(target)];
  return withLateHelp(
    referenceProblem("wrong-artifact", message, variant, reference, undefined, ends),
    () => {
      const suited = stagesThatMake(artifact, byName, stage);
      if (suited.length === 0) return whatToAdd(artifact);
      return `stages that make ${a(artifact)}: ${suited.slice(0, MAX_LISTED).join(", ")}`;
    },
  );
}
const MAX_LISTED = 12;

function malformed(stage: SpecStage, reference: Reference, variant: Variant): Diagnostic {
  const why = reference.text === ""
    ? "it is empty"
    : `${quote(reference.text)} names no stage and no instance`;
  const message = `Cannot read ${subject(stage, reference)}: ${why}`;
  return referenceProblem(
    "bad-reference",
    message,
    variant,
    reference,
    "write STAGE, or STAGE/AXIS=VALUE,AXIS=VALUE",
  );
}

function namedTwice(stage: SpecStage, first: Reference, again: Reference, variant: Variant): Diagnostic {
  const message = `Cannot read ${subject(stage, again)}: ${quote(again.text)} is in the list twice`;
  const ends = [{
    message: `${quote(first.text)} stands here already`,
    at: valueSpan(variant.source, first.path),
  }];
  return referenceProblem("duplicate-input", message, variant, again, "name each stage once", ends);
}

/** A problem with a place where a stage names another one, which shows both ends. */
export function referenceProblem(
  code: string,
  message: string,
  { source }: Variant,
  { path }: Reference,
  help?: string,
  ends: Diagnostic["related"] = [],
): Diagnostic {
  const related = [...relatedTo(source, path), ...ends];
  const at = valueSpan(source, path);
  return { severity: "error", code, message, at, help, ...(related.length > 0 && { related }) };
}

/** The place of a stage's name, as the other end of a diagnostic. */
export function definition(stage: SpecStage) {
  return { message: `stage ${quote(localName(stage))} is defined here`, at: keySpan(stage.source, []) };
}

/** `"groups" of stage "figure1"` */
export function subject(stage: SpecStage, { role }: Reference): string {
  return `${quote(role)} of stage ${quote(localName(stage))}`;
}

/** A stage's name as its own file says it, or another one that reads it. */
export function localName({ name, file }: SpecStage, { prefix }: SpecFile = file): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function wanted({ kind }: SpecStage, { role }: Reference): string {
  return kind!.inputs[role]!.artifact;
}

/** As the file of `reader` would name them. */
function stagesThatMake(
  artifact: string,
  byName: ReadonlyMap<string, SpecStage>,
  reader: SpecStage,
): string[] {
  const { prefix } = reader.file;
  return [...byName.values()].filter((stage) =>
    stage !== reader && stage.kind?.output.name === artifact && stage.name.startsWith(prefix)
  ).map(({ name }) => name.slice(prefix.length));
}

function whatToAdd(artifact: string): string {
  return `add a stage that makes ${a(artifact)}`;
}

/** An artifact's name with its article, unless it is a plural: a sample, an analysis, groups. */
function a(noun: string): string {
  if (/[^is]s$/.test(noun)) return noun;
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}
