import { domainOf } from "../../artifacts/domain.ts";
import type { ArchitectureKind } from "../../artifacts/settings.ts";
import { allOfWords } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { ARCHITECTURE_KINDS, ARCHITECTURES } from "./architecture_settings.ts";
import type { Place } from "./check_tree.ts";
import type { FamilyConfig } from "./schema.ts";
import { formsIn } from "./settings_schema.ts";
import { fitsKind } from "./space.ts";

/** Architectures that say the same in two ways, of the family and of cases. */
export function checkForms({ architecture, cases = [] }: FamilyConfig): Problem[] {
  return [
    ...checkNode(architecture, ["architecture"]),
    ...cases.flatMap(({ architecture: over }, i) =>
      over === undefined ? [] : checkNode(over, ["cases", i, "architecture"])
    ),
  ];
}

function checkNode(node: Json, at: Place): Problem[] {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    return domain.values.flatMap((value, i) => checkNode(value, [...at, "choice", i]));
  }
  return isJsonObject(node) ? checkMap(node, at) : [];
}

/** What comes last in the file is told, since the rest may have been there before. */
function checkMap(map: JsonObject, at: Place): Problem[] {
  for (const kind of kindsOf(map)) {
    const forms = formsIn(ARCHITECTURES[kind], map).map((form) =>
      Object.keys(map).filter((name) => Object.hasOwn(form, name))
    );
    if (forms.length < 2) continue;
    const keys = Object.keys(map);
    const [others, last] = forms.sort((a, b) => keys.indexOf(a.at(-1)!) - keys.indexOf(b.at(-1)!));
    const name = last!.at(-1)!;
    return [{
      code: "unused-setting",
      message: `Cannot set "architecture.${name}" beside ${
        allOfWords(others!.map((other) => `"architecture.${other}"`))
      }: they say the same of a network`,
      at: [...at, name],
      on: "key",
      help: `leave out ${allOfWords(last!)}, or ${allOfWords(others!)}`,
    }];
  }
  return [];
}

/** The kind of a map, or all that it may be laid over. */
function kindsOf(map: JsonObject): readonly ArchitectureKind[] {
  return ARCHITECTURE_KINDS.filter((kind) => (map["kind"] ?? kind) === kind && fitsKind(map, kind));
}
