import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../core/json.ts";
import { specText } from "./spec_text.ts";

Deno.test("specText() writes each row of the data on one line and keeps the order of the keys", () => {
  const spec = {
    $schema: "s",
    mark: { type: "line" },
    data: { values: [{ member: "1", epoch: 1, loss: 0.5 }, { member: "1", epoch: 2, loss: null }] },
  };
  assertEquals(
    specText(spec),
    `{
  "$schema": "s",
  "mark": {"type": "line"},
  "data": {
    "values": [
      {"member": "1", "epoch": 1, "loss": 0.5},
      {"member": "1", "epoch": 2, "loss": null}
    ]
  }
}
`,
  );
});

Deno.test("specText() is JSON of the same value", () => {
  const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }), { noNullPrototype: true });
  fc.assert(fc.property(value, (spec) => {
    const same = JSON.parse(JSON.stringify(spec));
    assertEquals(JSON.parse(specText(spec as JsonObject)), same);
    assertEquals(JSON.parse(specText({ data: { values: [spec as JsonObject] } })), {
      data: { values: [same] },
    });
  }));
});
