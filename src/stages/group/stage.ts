import { type Groups, groupsArtifact, labelColumns } from "../../artifacts/groups.ts";
import type { Population } from "../../artifacts/population.ts";
import type { WholeKind } from "../../core/stage_kind.ts";
import { checkMetric } from "./metric.ts";
import { checkRule, labelsGiven, normalRule } from "./rule.ts";
import { type GroupConfig, groupSchema, NON_DEFAULT } from "./schema.ts";

export interface GroupInputs {
  readonly population: Population;
}

export const group: WholeKind<GroupConfig, GroupInputs, Groups> = {
  name: "group",
  version: 1,
  description: groupSchema.description,
  contract: "whole",
  schema: groupSchema,
  inputs: { population: { artifact: "population" } },
  output: groupsArtifact,
  check: checkRule,
  checkInputs: checkMetric,
  tables: (config) => ({ labels: labelColumns(labelsGiven(config)) }),
  normalize: (config) => ({
    ...config,
    rule: normalRule(config.rule),
    non: config.non === false ? false : { ...NON_DEFAULT, ...config.non },
  }),
  load: async () => {
    const { groupMembers } = await import("./run.ts");
    // deno-lint-ignore require-await -- other kinds read objects here
    return async (config, { population }) => groupMembers(config, population);
  },
};
