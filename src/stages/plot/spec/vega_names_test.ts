import { assertEquals } from "@std/assert";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { isVegaName, VEGA_CONSTANTS, VEGA_FUNCTIONS } from "./vega_names.ts";

/** What Vega makes code of expressions with. */
interface Codegen {
  readonly allowed: readonly string[];
  readonly constants: Readonly<Record<string, string>>;
  readonly functions: (visit: (node: unknown) => unknown) => Readonly<Record<string, unknown>>;
}

Deno.test("VEGA_FUNCTIONS and VEGA_CONSTANTS are those that Vega knows, less its own internal ones", async () => {
  const { allowed, constants, functions } = await codegenOfVega();
  const names = Object.keys(functions((node) => node)).filter((name) => !/^(_|vl)/.test(name));
  assertEquals([...VEGA_FUNCTIONS].sort(), names.sort());
  assertEquals([...VEGA_CONSTANTS].sort(), Object.keys(constants).sort());
  assertEquals(allowed.filter((name) => !isVegaName(name)), []);
});

/** From the package that the program's own Vega uses. */
async function codegenOfVega(): Promise<Codegen> {
  const vega = createRequire(createRequire(import.meta.url).resolve("vega"));
  const { codegenParams } = await import(pathToFileURL(vega.resolve("vega-functions")).href);
  return codegenParams;
}
