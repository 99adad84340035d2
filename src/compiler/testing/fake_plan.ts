import { fakeKinds } from "../../language/testing/fake_kinds.ts";
import { compile, type CompileOptions } from "../compile.ts";
import type { Plan } from "../plan.ts";

/** The plan of a file, `a.yaml`, whose stages are of the small kinds `data`, `space`, `training` and `summary`. */
export function planOf(text: string, options: CompileOptions = {}, kinds = fakeKinds): Plan {
  const compiled = compile({ path: "a.yaml", text }, kinds, options);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

export { fakeKinds };
