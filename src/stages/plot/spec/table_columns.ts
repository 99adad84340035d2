import type { JsonObject } from "../../../core/json.ts";
import type { Labels } from "../../../core/stage_kind.ts";
import type { Column } from "../../../core/table.ts";
import { labelField, type Labelled, labelNames } from "../label_fields.ts";

/** The columns that a table gets beside its own in a spec: labels, `instance`, and `id` where there is a member. */
export interface AddedColumns {
  readonly columns: readonly Column[];
  /** The values in the rows of one entry. */
  readonly valuesOf: (entry: Labelled, instance: string, member: unknown) => JsonObject;
}

/**
 * @param entries those whose tables are put together
 * @param own columns of the tables themselves
 */
export function addedColumns(entries: readonly Labelled[], own: readonly Column[]): AddedColumns {
  const names = own.map(({ name }) => name);
  const labels = labelNames(entries).map((label) =>
    [label, labelField(label, [...names, INSTANCE.name, ID.name])] as const
  );
  const hasMembers = names.includes("member");
  const columns = [
    ...labels.map(([label, name]): Column => ({
      name,
      type: "nominal",
      description: `Value of ${label}`,
      values: [...new Set(entries.map(({ labels }) => String(labels[label] ?? null)))],
    })),
    INSTANCE,
    ...hasMembers ? [ID] : [],
  ];
  const valuesOf: AddedColumns["valuesOf"] = (entry, instance, member) => ({
    ...Object.fromEntries(labels.map(([label, name]) => [name, entry.labels[label] ?? null])),
    [INSTANCE.name]: instance,
    ...hasMembers && { [ID.name]: instance === "" ? String(member) : `${instance}/${member}` },
  });
  return { columns, valuesOf };
}

/**
 * What the n-th entries of all inputs are called together, so that tables of several inputs can be joined: after the
 * first input that has most entries.
 */
export function instanceNames(inputs: readonly (readonly Labelled[])[]): string[] {
  const most = Math.max(0, ...inputs.map((entries) => entries.length));
  const leading = inputs.find((entries) => entries.length === most) ?? [];
  return leading.map(({ labels }) => instanceName(labels));
}

const INSTANCE: Column = {
  name: "instance",
  type: "nominal",
  description: "Which of several inputs the row is of; the same in all tables of one figure",
};
const ID: Column = {
  name: "id",
  type: "nominal",
  description: "Id of the model, unique in all tables of one figure: instance and member",
};

/** `weights/data=mnist`, `data=mnist` without several stages, and nothing without labels. */
function instanceName({ stage, ...axes }: Labels): string {
  const values = Object.entries(axes).map(([axis, value]) => `${axis}=${value}`).join(",");
  return [stage ?? "", values].filter((part) => part !== "").join("/");
}
