import { assertEquals } from "@std/assert";
import type { ArchitectureSettings } from "../../src/artifacts/settings.ts";
import { countParameters, type Image, modelOf } from "../../src/engine/models/model.ts";
import { readReference } from "./reading.ts";

interface Counts {
  readonly counts: readonly {
    readonly architecture: ArchitectureSettings;
    readonly image: Image;
    readonly parameters: number;
  }[];
}

Deno.test("tensors() have as many values as PyTorch trains in the same layers", async () => {
  const { counts } = await readReference<Counts>("parameters");
  const found = counts.map(({ architecture, image }) =>
    countParameters(modelOf(architecture).tensors(architecture, image, 10))
  );
  assertEquals(found, counts.map(({ parameters }) => parameters));
});
