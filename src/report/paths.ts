/** One name in a path: no slash, and no dot in front, so that it can name neither a parent nor a hidden file. */
const SEGMENT = "[A-Za-z0-9_][A-Za-z0-9_.,=+-]*";
const NAME = new RegExp(`^${SEGMENT}(/${SEGMENT})*$`);
const OUTPUT = new RegExp(`^(run\\.json|(figures|tables)(/${SEGMENT})+)$`);

/** Where a file of a stage stands, from the pipeline's folder: `figures/figure1/data=mnist.svg`. */
export function figurePath(instance: string, extension: string): string {
  return `figures/${checkedName(instance)}.${checkedName(extension)}`;
}

/** Where a table of a stage stands: `tables/weights/statistics.csv`. */
export function tablePath(instance: string, table: string, extension: "json" | "csv"): string {
  return `tables/${checkedName(instance)}/${checkedName(table)}.${extension}`;
}

/** Whether a path is one that these functions could have made: it cannot lead out of the pipeline's folder. */
export function isOutputPath(path: string): boolean {
  return OUTPUT.test(path);
}

function checkedName(name: string): string {
  if (NAME.test(name)) return name;
  throw new Error(`"${name}" cannot be part of a path: names are letters, digits and _ . , = + -`);
}
