import { assertEquals } from "@std/assert";
import { type Dataset, labelEntropy } from "../../artifacts/dataset.ts";
import { SOURCE_NAMES, type SourceName } from "../../engine/data/sources.ts";
import { dataset } from "./stage.ts";

Deno.test("dataset.plan() describes every source, with counts that add up", () => {
  for (const source of SOURCE_NAMES) {
    const { splits, classes, ...rest } = planned(source);
    assertEquals(rest.source, source);
    for (const { count, classCounts } of [splits.train, splits.test]) {
      assertEquals(classCounts.length, classes.length);
      assertEquals(classCounts.reduce((sum, n) => sum + n, 0), count);
    }
  }
});

Deno.test("dataset.plan() gives mnist a label entropy of 2.3012 nats, less than ln 10", () => {
  assertEquals(labelEntropy(planned("mnist").splits.train).toFixed(4), "2.3012");
});

Deno.test("dataset.prepare() has nothing to do for data that comes with weft", async () => {
  const progress = () => {
    throw new Error("something is downloaded");
  };
  const { signal } = new AbortController();
  await dataset.prepare!(planned("mnist-10k"), { signal, progress, warn: progress });
});

function planned(source: SourceName): Dataset {
  const result = dataset.plan({ source }, {});
  if (!result.ok) throw new Error(result.error[0]!.message);
  return result.value;
}
