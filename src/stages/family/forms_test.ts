import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../core/json.ts";
import type { FamilyConfig } from "./schema.ts";
import { family } from "./stage.ts";
import { cnn, declared, mlp, vit } from "./testing/families.ts";

Deno.test("family.check() finds an architecture that says the same in two ways, at what comes last", () => {
  const both = (architecture: JsonObject, cases: FamilyConfig["cases"] = []) =>
    family.check!(family.normalize!({ dataset: "d", architecture, cases })).map(({ at, message, help }) =>
      `${at.join(".")}: ${message}; ${help}`
    );
  const cannot = (name: string, others: string) =>
    `Cannot set "architecture.${name}" beside ${others}: they say the same of a network`;
  assertEquals(both({ ...mlp, widths: [5] }), [
    `architecture.widths: ${
      cannot("widths", '"architecture.depth" and "architecture.width"')
    }; leave out widths, or depth and width`,
  ]);
  assertEquals(both({ kind: "cnn", convolutions: [{ channels: 3 }], kernel: 5 }), [
    `architecture.kernel: ${
      cannot("kernel", '"architecture.convolutions"')
    }; leave out kernel, or convolutions`,
  ]);
  assertEquals(
    both({ choice: [mlp, { ...vit, head_dim: 3 }] })[0]!.split(":")[0],
    "architecture.choice.1.head_dim",
  );
  const cases = [{ name: "a", architecture: { width: 3, widths: [3] } }];
  assertEquals(both(mlp, cases)[0]!.split(":")[0], "cases.0.architecture.widths");
  assertEquals(both({ kind: "cnn", convolutions: [{ channels: 3, kernel: 5 }] }), []);
});

Deno.test("family.plan() fills in the defaults of listed convolutions, and those of all only where there is no list", () => {
  const convolution = { channels: 4, kernel: 3, stride: 1, padding: "valid", pool: false };
  const { space } = declared({
    dataset: "d",
    architecture: {
      kind: "cnn",
      convolutions: { choice: [[{ channels: 4 }], [{ choice: [{ channels: 4, pool: true }] }]] },
    },
  });
  assertEquals(space["architecture"], {
    kind: "cnn",
    convolutions: { choice: [[convolution], [{ choice: [{ ...convolution, pool: true }] }]] },
    dense: 0,
    activation: "relu",
  });
});

Deno.test("family.plan() lets a case say the architecture in another form than the family, if it says all of it", () => {
  const over = (architecture: JsonObject, own: JsonObject) =>
    declared({ dataset: "d", architecture, cases: [{ name: "a", architecture: own }] }).cases[0]!
      .space["architecture"];
  const activation = "relu";
  assertEquals(over(mlp, { widths: [7, 3] }), { kind: "mlp", widths: [7, 3], activation });
  assertEquals(over({ kind: "mlp", widths: [7, 3], activation: "tanh" }, { depth: 2, width: 5 }), {
    kind: "mlp",
    depth: 2,
    width: 5,
    activation: "tanh",
  });
  const { dim: _, ...others } = vit;
  assertEquals(over(vit, { head_dim: 5, patch: 7 }), {
    ...others,
    patch: 7,
    head_dim: 5,
    mlp_ratio: 4,
    pooling: "class",
  });
  const lists = { choice: [mlp, { kind: "mlp", widths: [7] }] };
  assertEquals(over(lists, { width: 9 }), {
    choice: [{ ...mlp, width: 9, activation }, { kind: "mlp", widths: [7], activation }],
  });
  assertEquals(
    (over({ ...cnn, kernel: 5 }, { convolutions: [{ channels: 3 }] }) as JsonObject)["kernel"],
    undefined,
  );
});

Deno.test("family.check() says what a case lacks that says the architecture in another form", () => {
  const told = (architecture: JsonObject, over: JsonObject) => {
    const cases = [{ name: "a", architecture: over }];
    const [problem, ...more] = family.check!(family.normalize!({ dataset: "d", architecture, cases }));
    assertEquals(more, []);
    return [problem!.at.join("."), problem!.message, problem!.help];
  };
  assertEquals(told({ kind: "mlp", widths: [5] }, { depth: 3 }), [
    "cases.0.architecture",
    'Cannot lay case "a" over the family: "width" is missing',
    "the family says widths instead, so that the case must say depth and width",
  ]);
  assertEquals(told({ kind: "cnn", convolutions: [{ channels: 2 }] }, { pool: true }), [
    "cases.0.architecture",
    'Cannot lay case "a" over the family: "depth" and "channels" are missing',
    "the family says convolutions instead, so that the case must say depth and channels",
  ]);
});

Deno.test("family.check() takes settings of items in exclusions by their number, and lists as values in a list", () => {
  const told = (architecture: JsonObject, exclude: JsonObject) =>
    family.check!(family.normalize!({ dataset: "d", architecture, exclude: [exclude] })).map((
      { message, help },
    ) => `${message}; ${help}`);
  const list = { kind: "cnn", convolutions: [{ channels: 4 }, { channels: 8 }], dense: [6, 5] };
  assertEquals(
    told(list, { "convolutions.2.channels": [8, 9], "architecture.convolutions.1.kernel": 3 }),
    [],
  );
  assertEquals(told(list, { dense: [64, [6, 5]] }), []);
  assertEquals(told(list, { "dense.2": { min: 5 } }), []);
  assertEquals(told(list, { channels: 4 }), [
    'Cannot exclude by "channels": it does not say of which item of a list; write architecture.convolutions.1.channels',
  ]);
  assertEquals(told(list, { convolutions: 4 }), [
    'Cannot exclude by "convolutions": it does not say of which item of a list; ' +
    "write, for example, architecture.convolutions.1.channels",
  ]);
  assertEquals(told(list, { depth: 4 }), [
    'Cannot exclude by "depth": there is no such setting; no network of the family has "architecture.depth"',
  ]);
  assertEquals(told(list, { "convolutions.2.chanels": 4 }), [
    'Cannot exclude by "convolutions.2.chanels": there is no such setting; did you mean "convolutions.2.channels"?',
  ]);
  assertEquals(told({ kind: "mlp", widths: [5] }, { widths: [[5], [300, 100]] }), []);
  assertEquals(
    told({ kind: "mlp", widths: [5] }, { widths: [300, 100] })[0],
    'Cannot exclude by "architecture.widths": 300 is never drawn, it must be a list; ' +
      "a list stands for its values; one that is a value itself stands in it: [[300,100]]",
  );
  assertEquals(
    told({ kind: "mlp", widths: [5] }, { widths: { min: 5 } })[0]!.split(";")[0],
    'Cannot exclude by "architecture.widths": it has no order for min and max',
  );
});

Deno.test("family.plan() takes a dense layer alone in a list for the layer, in exclusions as in members", () => {
  const excluded = (architecture: JsonObject, exclude: JsonObject) =>
    declared({ dataset: "d", architecture, exclude: [exclude] }).exclude;
  assertEquals(excluded(cnn, { dense: [[8], [8, 4], 16] }), [{ "architecture.dense": [8, [8, 4], 16] }]);
  assertEquals(excluded({ kind: "mlp", widths: [8] }, { widths: [[8]] }), [
    { "architecture.widths": [[8]] },
  ]);
});
