import type { ArchitectureKind } from "../../artifacts/settings.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import {
  choiceKey,
  choiceOr,
  type Definitions,
  domainDefinitions,
  refer,
  settingProperties,
} from "./domain_schema.ts";
import { ARCHITECTURE_KINDS, ARCHITECTURES } from "./architecture_settings.ts";
import { type MapSchema, requiredOf } from "./settings_schema.ts";
import { OTHER_SETTINGS } from "./training_settings.ts";

/** The three maps of settings, each perhaps a domain or with domains inside. */
export interface SettingsTree {
  readonly architecture?: JsonObject;
  readonly init?: JsonObject;
  readonly training?: JsonObject;
}

export interface FamilyConfig extends SettingsTree {
  readonly dataset: string;
  readonly architecture: JsonObject;
  readonly cases?: readonly (SettingsTree & { readonly name: string; readonly weight?: number })[];
  /** From a setting, by full path or unique suffix, to its condition. */
  readonly exclude?: readonly JsonObject[];
  /** What happens to combinations that cannot be built. Absent: error. */
  readonly impossible?: "error" | "skip";
}

const definitions = domainDefinitions();

/** Settings of all kinds of architecture. */
const allSettings: MapSchema["properties"] = Object.assign(
  {},
  ...ARCHITECTURE_KINDS.map((kind) => ARCHITECTURES[kind].properties),
);

const conditionSchema: JsonObject = {
  description:
    "A value, a list of values, or a range {min, max}, both included; a value that is a list stands in a list",
  anyOf: [
    { type: ["string", "number", "boolean"] },
    {
      type: "array",
      items: { type: ["string", "number", "boolean", "array"], items: { type: "number" } },
      minItems: 1,
    },
    {
      type: "object",
      minProperties: 1,
      additionalProperties: false,
      properties: {
        min: { type: "number", description: "The least value that is meant", examples: [3] },
        max: { type: "number", description: "The greatest value that is meant", examples: [10] },
      },
    },
  ],
};

export const familySchema: JsonObject = {
  type: "object",
  description:
    "Declares a family of networks and trainings; any setting may be a domain, from which members are drawn",
  required: ["dataset", "architecture"],
  additionalProperties: false,
  properties: {
    dataset: {
      type: "string",
      description: "The stage that provides the images",
      examples: ["digits"],
    },
    architecture: architectureSchema(definitions),
    ...settingProperties(OTHER_SETTINGS, "", "whole", definitions),
    cases: {
      type: "array",
      description:
        "Named shares of the draws. Each holds settings that are laid over those of the family: maps are merged, " +
        "all else replaces what the family says",
      minItems: 1,
      examples: [[{ name: "usual", weight: 9 }, {
        name: "near-zero",
        init: { scheme: "normal", std: 0.0001 },
      }]],
      items: {
        type: "object",
        required: ["name"],
        additionalProperties: false,
        properties: {
          name: {
            type: "string",
            pattern: "^[a-z][a-z0-9_-]*$",
            description: "Name of the case, a column of the tables",
            examples: ["near-zero"],
          },
          weight: {
            type: "number",
            exclusiveMinimum: 0,
            description: "Its share of the draws, in proportion to the other weights",
            default: 1,
            neutral: 1,
            examples: [9],
          },
          architecture: architectureOverlay(definitions),
          ...settingProperties(OTHER_SETTINGS, "", "overlay", definitions),
        },
      },
    },
    exclude: {
      type: "array",
      description:
        "Combinations that are never drawn: maps of settings, by path or unique end of it, of which all must hold",
      examples: [[{ depth: { min: 3 }, width: 5 }]],
      items: { type: "object", minProperties: 1, additionalProperties: conditionSchema },
    },
    impossible: {
      enum: ["error", "skip"],
      description:
        "What happens to combinations that cannot be built, such as a patch that does not divide the image. " +
        "error: they are told, with the lines for exclude that would leave them out; skip: others are drawn, and a " +
        "grid goes without them",
      default: "error",
      neutral: "error",
      examples: ["skip"],
    },
  },
  definitions,
};

/** One map for each kind of architecture, told apart by `kind`; or a choice of them. */
function architectureSchema(definitions: Definitions): JsonObject {
  for (const kind of ARCHITECTURE_KINDS) definitions[kind] = architectureMap(kind, definitions);
  const map = {
    required: ["kind"],
    properties: { kind: kindSchema(), ...choiceKey },
    allOf: ARCHITECTURE_KINDS.map((kind) => ({ if: isOf(kind), then: refer(kind) })),
    if: { required: ["kind"] },
    else: { additionalProperties: false, properties: knownKeys() },
  };
  return choiceOr("architecture", architectureWords(), map, refer("architecture"), definitions);
}

/** What is no misspelt key, whatever the kind. */
function knownKeys(): JsonObject {
  return Object.fromEntries(["kind", "choice", ...Object.keys(allSettings)].map((key) => [key, true]));
}

/** What a case says of the architecture: settings of any kind, since it may leave the kind to the family. */
function architectureOverlay(definitions: Definitions): JsonObject {
  const properties = settingProperties(allSettings, "architecture", "overlay", definitions);
  const map = {
    additionalProperties: false,
    properties: { kind: kindSchema(), ...properties, ...choiceKey },
  };
  return choiceOr("architecture.overlay", architectureWords(), map, refer("architecture"), definitions);
}

function architectureMap(kind: ArchitectureKind, definitions: Definitions): JsonObject {
  const { description, required = [], forms, examples, properties } = ARCHITECTURES[kind];
  return {
    type: "object",
    description,
    examples,
    required: ["kind", ...required],
    additionalProperties: false,
    properties: {
      kind: { const: kind, description, examples: [kind] },
      ...settingProperties(properties, "architecture", "whole", definitions),
      ...choiceKey,
    },
    ...requiredByForm(forms),
  };
}

/** What a map must have that is not of the second form. That it has one form alone is checked elsewhere. */
function requiredByForm(forms: MapSchema["forms"]): JsonObject {
  if (forms === undefined) return {};
  const [first, second] = forms;
  return { if: { required: requiredOf(second) }, else: { required: requiredOf(first) } };
}

function kindSchema(): JsonObject {
  return {
    enum: ARCHITECTURE_KINDS,
    description:
      "The kind of network; to draw it, choose from whole maps: { choice: [{ kind: mlp, ... }, ...] }",
    examples: ["mlp"],
  };
}

function isOf(kind: ArchitectureKind): JsonObject {
  return { required: ["kind"], properties: { kind: { const: kind } } };
}

function architectureWords() {
  const kinds = Object.entries(ARCHITECTURES).map(([kind, { description }]) => `${kind}: ${description}`);
  return {
    description: `The networks. ${kinds.join(". ")}`,
    examples: ARCHITECTURE_KINDS.map((kind): Json => ARCHITECTURES[kind].examples[0]!),
  };
}
