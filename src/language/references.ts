import type { Diagnostic } from "../core/diagnostic.ts";
import { quote, suggestion } from "./describe.ts";
import { keySpan, type Path, valueSpan } from "./located.ts";
import type { SpecStage } from "./validate.ts";

/** A place where a stage names another one. */
export interface Reference {
  readonly target: string;
  /** The input that it is for. */
  readonly role: string;
  /** From the stage down to the name. */
  readonly path: Path;
}

/** The stages that a stage names, in the order of its kind's inputs; what is no name is left to the schema. */
export function referencesOf({ kind, settings }: Pick<SpecStage, "kind" | "settings">): Reference[] {
  return Object.keys(kind?.inputs ?? {}).flatMap((role) => {
    const value = Object.hasOwn(settings, role) ? settings[role] : undefined;
    if (typeof value === "string") return [{ target: value, role, path: [role] }];
    if (!Array.isArray(value)) return [];
    return value.flatMap((target, i) =>
      typeof target === "string" ? [{ target, role, path: [role, i] }] : []
    );
  });
}

/** A diagnostic for each name that no stage has, and for each stage that makes something else than what is wanted. */
export function checkReferences(stage: SpecStage, byName: ReadonlyMap<string, SpecStage>): Diagnostic[] {
  return referencesOf(stage).flatMap((reference) => {
    const target = byName.get(reference.target);
    if (target === undefined) return [unknownStage(stage, reference, byName)];
    const made = target.kind?.output.name; // unknown if the kind is: that has its own diagnostic
    const fits = made === undefined || made === wanted(stage, reference);
    return fits ? [] : [wrongArtifact(stage, reference, target, made, byName)];
  });
}

function unknownStage(
  stage: SpecStage,
  reference: Reference,
  byName: ReadonlyMap<string, SpecStage>,
): Diagnostic {
  const artifact = wanted(stage, reference);
  const message = `Cannot read ${subject(stage, reference)}: no stage is named ${quote(reference.target)}`;
  const near = suggestion(
    reference.target,
    stagesThatMake(artifact, byName, stage),
    `stages that make ${a(artifact)}`,
  );
  return diagnostic("unknown-stage", message, stage, reference, near ?? whatToAdd(artifact));
}

function wrongArtifact(
  stage: SpecStage,
  reference: Reference,
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
  return {
    ...diagnostic(
      "wrong-artifact",
      `Cannot read ${subject(stage, reference)}: ${makes}`,
      stage,
      reference,
      help,
    ),
    related: [{ message: `stage ${quote(target.name)} is defined here`, at: keySpan(target.source, []) }],
  };
}

function wanted({ kind }: SpecStage, { role }: Reference): string {
  return kind!.inputs[role]!.artifact;
}

function stagesThatMake(
  artifact: string,
  byName: ReadonlyMap<string, SpecStage>,
  reader: SpecStage,
): string[] {
  const suited = [...byName.values()].filter((stage) =>
    stage !== reader && stage.kind?.output.name === artifact
  );
  return suited.map(({ name }) => name);
}

function whatToAdd(artifact: string): string {
  return `add a stage that makes ${a(artifact)}`;
}

function subject(stage: SpecStage, { role }: Reference): string {
  return `${quote(role)} of stage ${quote(stage.name)}`;
}

function diagnostic(
  code: string,
  message: string,
  stage: SpecStage,
  { path }: Reference,
  help: string,
): Diagnostic {
  return { severity: "error", code, message, at: valueSpan(stage.source, path), help };
}

/** An artifact's name with its article, unless it is a plural: a sample, an analysis, groups. */
function a(noun: string): string {
  if (/[^is]s$/.test(noun)) return noun;
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}
