import { schema } from "../mod.ts";
import { type Command, EXIT } from "./command.ts";
import { writeData } from "./output.ts";

export const schemaCommand: Command = {
  name: "schema",
  summary: "Print the JSON Schema of pipelines or of the stages of a kind, for editors and other programs",
  operand: { name: "[KIND]", least: 0, most: 1, description: "a kind of stages (default: pipelines)" },
  options: { output: { value: "FILE", description: "where to write it (default: standard output)" } },
  examples: [
    ["weft schema train", "all settings of stages of kind train"],
    [
      "weft schema --output .weft/pipeline.schema.json",
      "renew what weft init wrote, after an update of weft",
    ],
  ],
  run: async ({ operands, values }) => {
    writeData(await schema(operands[0]), values.output);
    return EXIT.done;
  },
};
