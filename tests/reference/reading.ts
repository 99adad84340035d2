import type { Tensor } from "@tensorflow/tfjs";
import { loadTfjs } from "../../src/engine/backend.ts";

/** An array as the scripts write it: row-major. */
export interface ReferenceArray {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** What a script has written beside itself, by its name. */
export async function readReference<Content>(name: string): Promise<Content> {
  return JSON.parse(await Deno.readTextFile(new URL(`${name}.json`, import.meta.url)));
}

export function toTensor({ shape, values }: ReferenceArray, dtype: "float32" | "int32" = "float32"): Tensor {
  return loadTfjs().tensor([...values], [...shape], dtype);
}
