import { setup } from "../mod.ts";
import { type Command, EXIT } from "./command.ts";
import { Interruption } from "./interruption.ts";
import { printLine } from "./output.ts";
import { peoplePrinter } from "./printers.ts";

export const setupCommand: Command = {
  name: "setup",
  summary: "Install the engine (libtensorflow) in the cache folder of this machine, once",
  options: {
    wheel: {
      value: "FILE",
      description: "a wheel of TensorFlow that is already here: nothing is downloaded",
    },
    "use-python": { description: "use the library of the TensorFlow that is installed for Python" },
  },
  examples: [
    ["weft setup", "download, verify and unpack; says how far it is"],
    ["weft setup --wheel tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl", "without a network"],
  ],
  run: async ({ values, switches }) => {
    const printer = peoplePrinter();
    const interruption = new Interruption(
      () => printer.say("stopping; the next setup goes on from here"),
      () => printer.end(),
    );
    const { signal } = interruption;
    try {
      const { message } = await setup({
        wheel: values.wheel,
        usePython: switches.has("use-python"),
        signal,
        progress: (what, done, total) =>
          printer.take({ type: "preparing", stage: "engine", what, done, total }),
      });
      printer.end();
      printLine(message);
      return EXIT.done;
    } catch (error) {
      if (signal.aborted) return EXIT.interrupted;
      throw error;
    } finally {
      printer.end();
      interruption.end();
    }
  },
};
