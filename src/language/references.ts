import type { Diagnostic } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import { isBroken, keySpan, type Path, relatedTo, valueSpan } from "./located.ts";
import { type Coordinates, keyOf } from "./matrix.ts";
import { oncePerStage } from "./once_per_stage.ts";
import type { SpecStage, Variant } from "./validate.ts";

/** A place where a stage names another one. */
export interface Reference {
  /** As it stands in the file: `trained`, `dnn.trained`, `trained/data=mnist`. */
  readonly text: string;
  /** Name of the stage in the pipeline, with the prefix of the file that it is in. */
  readonly target: string;
  /** Axes for which it takes one value of the target. */
  readonly fixed: Readonly<Record<string, string>>;
  /** The input that it is for. */
  readonly role: string;
  /** From the stage down to the name. */
  readonly path: Path;
}

/** The stages that a variant names, in the order of its kind's inputs; what is no name is left to the schema. */
export function referencesOf(
  { kind, file }: Pick<SpecStage, "kind" | "file">,
  variant: Variant,
): Reference[] {
  return Object.keys(kind?.inputs ?? {}).flatMap((role) => {
    const value = Object.hasOwn(variant.settings, role) ? variant.settings[role] : undefined;
    const named = (text: unknown, path: Path): Reference[] =>
      typeof text === "string" ? [{ text, role, path, ...parseReference(text, file.prefix) }] : [];
    return Array.isArray(value) ? value.flatMap((text, i) => named(text, [role, i])) : named(value, [role]);
  });
}

/** A diagnostic for each name that no stage has, and for each stage that makes something else than what is wanted. */
export function checkReferences(stage: SpecStage, byName: ReadonlyMap<string, SpecStage>): Diagnostic[] {
  return oncePerStage(stage.variants.map((variant) => ({
    coordinates: variant.coordinates,
    problems: referencesOf(stage, variant).flatMap((reference) => {
      const target = byName.get(reference.target);
      if (target === undefined) {
        return isKnownBroken(stage, reference, variant)
          ? []
          : [unknownStage(stage, reference, variant, byName)];
      }
      const made = target.kind?.output.name; // unknown if the kind is: that has its own diagnostic
      const fits = made === undefined || made === wanted(stage, reference);
      return fits ? [] : [wrongArtifact(stage, reference, variant, target, made, byName)];
    }),
  })));
}

/** How people name an instance: `figure2/data=mnist`. */
export function instanceName(stage: string, coordinates: Coordinates): string {
  const key = keyOf(coordinates);
  return key === "" ? stage : `${stage}/${key}`;
}

/** `dnn.weights/data=mnist` → its stage and the axes that it fixes. */
export function parseReference(text: string, prefix = ""): Pick<Reference, "target" | "fixed"> {
  const slash = text.indexOf("/");
  if (slash < 0) return { target: prefix + text, fixed: {} };
  const fixed = text.slice(slash + 1).split(",").map((part): [string, string] => {
    const equals = part.indexOf("=");
    return equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)];
  });
  return { target: prefix + text.slice(0, slash), fixed: Object.fromEntries(fixed) };
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
  const [name] = reference.text.split("/");
  const message = `Cannot read ${subject(stage, reference)}: no stage is named ${quote(name)}`;
  const near = suggestion(name!, stagesThatMake(artifact, byName, stage), `stages that make ${a(artifact)}`);
  return referenceProblem("unknown-stage", message, variant, reference, near ?? whatToAdd(artifact));
}

function wrongArtifact(
  stage: SpecStage,
  reference: Reference,
  variant: Variant,
  target: SpecStage,
  made: string,
  byName: ReadonlyMap<string, SpecStage>,
): Diagnostic {
  const artifact = wanted(stage, reference);
  const makes = `stage ${quote(target.name)} makes ${a(made)}, not ${a(artifact)}`;
  const suited = stagesThatMake(artifact, byName, stage);
  const help = suited.length === 0
    ? whatToAdd(artifact)
    : `stages that make ${a(artifact)}: ${suited.slice(0, 12).join(", ")}`;
  const message = `Cannot read ${subject(stage, reference)}: ${makes}`;
  return referenceProblem("wrong-artifact", message, variant, reference, help, [definition(target)]);
}

/** A problem with a place where a stage names another one, which shows both ends. */
export function referenceProblem(
  code: string,
  message: string,
  { source }: Variant,
  { path }: Reference,
  help: string | undefined,
  ends: Diagnostic["related"] = [],
): Diagnostic {
  const related = [...relatedTo(source, path), ...ends];
  const at = valueSpan(source, path);
  return { severity: "error", code, message, at, help, ...(related.length > 0 && { related }) };
}

/** The place of a stage's name, as the other end of a diagnostic. */
export function definition({ name, source }: SpecStage) {
  return { message: `stage ${quote(name)} is defined here`, at: keySpan(source, []) };
}

/** `"groups" of stage "figure1"` */
export function subject({ name }: SpecStage, { role }: Reference): string {
  return `${quote(role)} of stage ${quote(name)}`;
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
