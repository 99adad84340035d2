import { paramsScope } from "./imports.ts";
import { BROKEN, valueAt } from "./located.ts";
import type { Coordinates } from "./matrix.ts";
import type { Scope } from "./substitute.ts";
import type { FileContext } from "./validate.ts";

/** What the expressions of a stage may name. */
export function stageScope(context: FileContext, coordinates: Coordinates): Scope {
  const { file, spec: { matrix: { axes } }, matrixIsBroken } = context;
  return {
    params: paramsScope(file),
    matrix: {
      noun: "axis",
      get: (name) => {
        const value = axes.get(name)?.values.get(String(coordinates[name]));
        return value?.node ?? (matrixIsBroken ? BROKEN : undefined);
      },
      names: () => axes.keys(),
      mayLack: (names) => fieldBelow(context, names).isKnown,
      namesBelow: (above) => fieldBelow(context, above).names,
    },
  };
}

/** A field of the values of an axis. */
export interface Field {
  /** Whether some value has it. */
  readonly isKnown: boolean;
  /** Names of the fields below it, of all values. */
  readonly names: ReadonlySet<string>;
}

/** @param path an axis and fields of its values */
function fieldBelow({ spec, fields }: FileContext, path: readonly string[]): Field {
  const key = path.join(".");
  const known = fields.get(key);
  if (known !== undefined) return known;
  const [axis, ...below] = path;
  const nodes = [...spec.matrix.axes.get(axis!)!.values.values()].flatMap(({ node }) =>
    valueAt({ key: node.at, value: node }, below) ?? []
  );
  const names = nodes.flatMap((node) => node.type === "map" ? [...node.entries.keys()] : []);
  const field = { isKnown: nodes.length > 0, names: new Set(names) };
  fields.set(key, field);
  return field;
}
