import type { JsonObject } from "../../core/json.ts";
import { propertiesOrDomains } from "./domain_schema.ts";
import { settingsSchema } from "./settings_schema.ts";

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
  /** From a setting, by full path or unique suffix, to a value, a list of values, or {min, max}. */
  readonly exclude?: readonly JsonObject[];
}

const conditionSchema: JsonObject = {
  description: "A value, a list of values, or a range {min, max}, both included",
  anyOf: [
    { type: ["string", "number"] },
    { type: "array", items: { type: ["string", "number"] }, minItems: 1 },
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
  required: ["dataset", ...settingsSchema.required],
  additionalProperties: false,
  properties: {
    dataset: {
      type: "string",
      description: "The stage that provides the images",
      examples: ["digits"],
    },
    ...propertiesOrDomains(settingsSchema, "whole"),
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
          ...propertiesOrDomains(settingsSchema, "overlay"),
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
  },
};
