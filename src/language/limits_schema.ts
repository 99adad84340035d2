import type { FromSchema } from "json-schema-to-ts";
import { NAME_PATTERN, NAME_RULE } from "./name_rule.ts";

/** What is longer than this is no limit; timers cannot hold much more. */
const TWO_WEEKS = 14 * 24 * 60;

const amounts = {
  type: "object",
  propertyNames: { pattern: NAME_PATTERN, maxLength: 100, description: NAME_RULE },
  additionalProperties: {
    type: "number",
    exclusiveMinimum: 0,
    description: "An amount of the resource, in a unit of your own",
    examples: [4],
  },
} as const;

/** The key `resources` of a file. */
export const resourcesSchema = {
  ...amounts,
  description:
    "How much there is on this machine of what stages share, such as memory or GPUs, by names of your own. What runs at " +
    "once takes no more than that in all",
  examples: [{ memory: 16, gpu: 1 }],
} as const;

/** The key `budget` of a file. */
export const budgetSchema = {
  type: "object",
  additionalProperties: false,
  description:
    "When a run ends before all is done. What is stored by then stays, and the next run goes on from there",
  examples: [{ minutes: 60, max_failures: 5 }],
  properties: {
    minutes: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: TWO_WEEKS,
      description: "How long a run may take, in minutes; two weeks at most",
      examples: [60],
    },
    max_failures: {
      type: "integer",
      minimum: 0,
      description: "How many models, or other members of stages, may fail: one more ends the run",
      examples: [5],
    },
  },
} as const;

/** The settings that say how a stage may run, whatever its kind. They decide no result, and are in no identity. */
export const limitsSchema = {
  type: "object",
  properties: {
    concurrency: {
      type: "integer",
      minimum: 1,
      description:
        "How many items of the stage, such as models, run at once at most, over all its instances; by default as many as " +
        "of the whole run",
      examples: [2],
    },
    resources: {
      ...amounts,
      description:
        "What each item of the stage takes, while it runs, of the resources that the file declares: { memory: 4 }",
      examples: [{ memory: 4 }],
    },
    timeout: {
      type: "object",
      required: ["minutes"],
      additionalProperties: false,
      description: "How long each item of the stage may take before it counts as failed: { minutes: 30 }",
      examples: [{ minutes: 30 }],
      properties: {
        minutes: {
          type: "number",
          exclusiveMinimum: 0,
          maximum: TWO_WEEKS,
          description: "How long an item may take, in minutes; two weeks at most",
          examples: [30],
        },
      },
    },
    retries: {
      type: "integer",
      minimum: 0,
      maximum: 10,
      description: "How often an item of the stage is tried again after an error that can pass",
      default: 2,
      examples: [5],
    },
  },
} as const;

export type BudgetSettings = FromSchema<typeof budgetSchema>;
/** As they stand in the file; a default is not filled in. */
export type LimitSettings = FromSchema<typeof limitsSchema, { keepDefaultedPropertiesOptional: true }>;
