import { isSettingsMap } from "../../artifacts/domain.ts";
import type { ArchitectureKind } from "../../artifacts/settings.ts";
import { allOfWords } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import { ARCHITECTURES } from "./architecture_settings.ts";
import type { FamilyConfig } from "./schema.ts";
import { kindsWith } from "./setting_names.ts";
import { formsIn, missingSettings, requiredOf } from "./settings_schema.ts";
import { fitsKind, kindsIn, laidOver, mapsIn } from "./space.ts";

/** Cases that cannot be told apart or cannot be laid over the family. */
export function checkCases({ architecture, cases = [] }: FamilyConfig): Problem[] {
  const maps = mapsIn(architecture);
  const laid = cases.flatMap(({ name, architecture: over }, i) => {
    if (over === undefined || !isSettingsMap(over)) return []; // a choice replaces what the family says
    const own: Case = { name, over, at: ["cases", i, "architecture"] };
    const { kind } = over as { kind?: ArchitectureKind };
    return kind === undefined ? checkWithoutKind(own, maps) : checkOfKind(own, kind, maps);
  });
  return [...checkNames(cases), ...laid];
}

interface Case {
  readonly name: string;
  /** What it says of the architecture. */
  readonly over: JsonObject;
  readonly at: readonly (string | number)[];
}

function checkNames(cases: readonly { readonly name: string }[]): Problem[] {
  const seen = new Set<string>();
  return cases.flatMap(({ name }, i) => {
    if (!seen.has(name)) return (seen.add(name), []);
    const message = `Cannot name a case "${name}": another case has this name`;
    return [{ code: "duplicate-name", message, at: ["cases", i, "name"], help: "give it a name of its own" }];
  });
}

/** @param maps the family's architectures */
function checkWithoutKind(own: Case, maps: readonly JsonObject[]): Problem[] {
  const kinds = kindsIn(maps);
  const strange = Object.keys(own.over).filter((name) =>
    !kindsWith(name).some((kind) => kinds.includes(kind))
  );
  if (strange.length > 0) return strange.map((name) => unknownKey(own, name, kinds));
  const fitting = kinds.filter((kind) => fitsKind(own.over, kind));
  if (fitting.length > 0) return checkForm(own, fitting, maps);
  const names = Object.keys(own.over).map((name) => `"${name}"`).join(" and ");
  return [{
    code: "unknown-key",
    message: `Cannot lay case "${own.name}" over the family: no architecture of it has ${names}`,
    at: own.at,
    on: "key",
    help: "make it two cases, one for each kind",
  }];
}

function checkOfKind(own: Case, kind: ArchitectureKind, maps: readonly JsonObject[]): Problem[] {
  const strange = Object.keys(own.over).filter((name) => name !== "kind" && !kindsWith(name).includes(kind));
  if (strange.length > 0) return strange.map((name) => unknownKey(own, name, [kind]));
  if (kindsIn(maps).includes(kind)) return checkForm(own, [kind], maps);
  return missingSettings(ARCHITECTURES[kind], own.over).map((name) => ({
    code: "missing-key",
    message: `Cannot read the architecture of case "${own.name}": "${name}" is missing`,
    at: [...own.at, "kind"],
    help: `the family has no ${kind}, so that the case must say all of it`,
  }));
}

/** Whether a case that says something in another form than the family says all of it. */
function checkForm(
  { name, over, at }: Case,
  kinds: readonly ArchitectureKind[],
  maps: readonly JsonObject[],
): Problem[] {
  const own = maps.filter(({ kind }) => kinds.includes(kind as ArchitectureKind));
  if (own.some((map) => laidOver(map, over) !== undefined)) return [];
  const schema = ARCHITECTURES[kinds[0]!];
  const [given] = formsIn(schema, over);
  const [has] = formsIn(schema, own[0]!);
  const missing = requiredOf(given!).filter((name) => !Object.hasOwn(over, name));
  const lacks = `${allOfWords(missing.map((key) => `"${key}"`))} ${
    missing.length === 1 ? "is" : "are"
  } missing`;
  const [others, all] = [allOfWords(requiredOf(has!)), allOfWords(requiredOf(given!))];
  return [{
    code: "missing-key",
    message: `Cannot lay case "${name}" over the family: ${lacks}`,
    at,
    on: "key",
    help: `the family says ${others} instead, so that the case must say ${all}`,
  }];
}

function unknownKey({ name, at }: Case, key: string, kinds: readonly ArchitectureKind[]): Problem {
  const has = kinds.map((kind) => `kind "${kind}"`).join(" and ");
  return {
    code: "unknown-key",
    message: `Cannot lay case "${name}" over the family: "${key}" is not known in ${has}`,
    at: [...at, key],
    on: "key",
    help: `it belongs to ${kindsWith(key).map((kind) => `kind "${kind}"`).join(" and ")}`,
  };
}
