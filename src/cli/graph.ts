import { extname } from "node:path";
import { drawGraph, graph, type GraphFormat, UsageError } from "../mod.ts";
import { type Command, EXIT, givenParams, PARAM_OPTIONS } from "./command.ts";
import { writeData } from "./output.ts";
import { printProblems } from "./validate.ts";

export const graphCommand: Command = {
  name: "graph",
  summary: "Draw the stages of a pipeline and what each reads",
  operand: { name: "FILE", least: 1, most: 1, description: "the pipeline, or - for standard input" },
  options: {
    format: {
      value: "FORMAT",
      among: ["text", "mermaid", "svg"] satisfies GraphFormat[],
      description: "text, mermaid or svg (default: as the output's name ends, else text)",
    },
    output: { value: "FILE", description: "where to write it (default: standard output)" },
    expand: { description: "draw each instance of a stage by itself, not all of them as one" },
    ...PARAM_OPTIONS,
  },
  examples: [
    ["weft graph pipelines/mnist.yaml", "a tree of the stages"],
    ["weft graph pipelines/mnist.yaml --output mnist.svg", "a picture"],
    ["weft graph pipelines/mnist.yaml --format mermaid", "for a README, between ```mermaid and ```"],
  ],
  run: async (args) => {
    const { operands, values, switches } = args;
    const format = values.format ?? formatOf(values.output);
    const found = await graph(operands[0]!, { expand: switches.has("expand"), ...givenParams(args) });
    if (!found.ok) {
      printProblems(found.error);
      return EXIT.wrong;
    }
    writeData(await drawGraph(found.value, format as GraphFormat), values.output);
    return EXIT.done;
  },
};

/** @throws {UsageError} If the name ends like something else */
function formatOf(output = ""): GraphFormat {
  const ending = extname(output).toLowerCase();
  const format = FORMATS[ending];
  if (format !== undefined) return format;
  throw new UsageError(
    `Cannot draw into "${output}": no format of weft graph ends with "${ending}"`,
    "let it end with .svg, .mmd (mermaid) or .txt, or name the format with --format",
  );
}

/** A name without an ending is a device, or text. */
const FORMATS: Readonly<Record<string, GraphFormat>> = {
  "": "text",
  ".txt": "text",
  ".mmd": "mermaid",
  ".mermaid": "mermaid",
  ".svg": "svg",
};
