import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { settingCells, settingColumns } from "./setting_columns.ts";
import type { ArchitectureSettings, ConvolutionSettings, MemberSettings } from "./settings.ts";

const convolution: ConvolutionSettings = {
  channels: 16,
  kernel: 3,
  stride: 1,
  padding: "valid",
  pool: false,
};

Deno.test("settingCells() writes a list of widths, and of convolutions as VGG's are written", () => {
  assertEquals(cellOf({ kind: "mlp", widths: [300, 100], activation: "relu" }, "widths"), "300-100");
  assertEquals(cellOf({ kind: "mlp", widths: [300], activation: "relu" }, "widths"), "300");
  const text = (...convolutions: Partial<ConvolutionSettings>[]) =>
    cellOf(cnnOf(convolutions.map((own) => ({ ...convolution, ...own }))), "convolutions");
  assertEquals(text({}), "16");
  assertEquals(text({ pool: true }, { channels: 32 }), "16-M-32");
  assertEquals(
    text({ kernel: 5, stride: 2, padding: "same", pool: true }, { padding: "same" }, { stride: 3 }),
    "16k5s2same-M-16same-16s3",
  );
});

Deno.test("settingCells() gives lists of convolutions that differ texts that differ", () => {
  const list = fc.array(
    fc.record({
      channels: fc.integer({ min: 1, max: 30 }),
      kernel: fc.constantFrom(1, 3, 33),
      stride: fc.constantFrom(1, 2, 22),
      padding: fc.constantFrom("valid" as const, "same" as const),
      pool: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(fc.property(list, list, (one, other) => {
    const [a, b] = [one, other].map((list) => cellOf(cnnOf(list), "convolutions"));
    assertEquals(a === b, JSON.stringify(one) === JSON.stringify(other));
  }));
});

Deno.test("settingColumns() has a column for each setting of each convolution, by the path that conditions have", () => {
  const members = [
    cnnOf([{ ...convolution, pool: true }]),
    cnnOf([convolution, { ...convolution, channels: 8 }]),
  ];
  const columns = columnsOf(members);
  const names = columns.map(({ name }) => name).filter((name) =>
    name.startsWith("architecture.convolutions")
  );
  assertEquals(names.slice(0, 2), ["architecture.convolutions", "architecture.convolutions.1.channels"]);
  assertEquals(names.length, 1 + 2 * 5);
  const channels = columns.filter(({ name }) => name === "architecture.convolutions.2.channels");
  assertEquals(channels.map(({ type }) => type), ["quantitative"]);
  assertEquals(members.map((one) => settingCells(settingsOf(one), channels)), [[null], [8]]);
});

Deno.test("settingColumns() has the settings of convolution 2 before those of convolution 10", () => {
  const many = columnsOf([cnnOf(Array.from({ length: 11 }, () => convolution))]);
  const channels = many.map(({ name }) => name).filter((name) => name.endsWith(".channels"));
  assertEquals(
    channels,
    Array.from({ length: 11 }, (_, i) => `architecture.convolutions.${i + 1}.channels`),
  );
  const names = many.map(({ name }) => name);
  assertEquals(names.indexOf("architecture.convolutions") + 1, names.indexOf(channels[0]!));
});

Deno.test("settingColumns() makes a column of numbers and lists one of texts", () => {
  const dense = (value: number | number[]) => cnnOf([convolution], value);
  const typed = (members: readonly ArchitectureSettings[]) => {
    const column = columnsOf(members).find(({ name }) => name === "architecture.dense")!;
    return [column.type, ...members.flatMap((one) => settingCells(settingsOf(one), [column]))];
  };
  assertEquals(typed([dense(0), dense(64)]), ["quantitative", 0, 64]);
  assertEquals(typed([dense(0), dense([64, 32])]), ["nominal", "0", "64-32"]);
});

function cnnOf(
  convolutions: readonly ConvolutionSettings[],
  dense: number | number[] = 0,
): ArchitectureSettings {
  return { kind: "cnn", convolutions, dense, activation: "relu" };
}

function settingsOf(architecture: ArchitectureSettings): MemberSettings {
  return {
    architecture,
    init: { scheme: "he_normal", scale: 1 },
    training: { optimizer: { name: "adam", learning_rate: 0.001 }, batch_size: 64 },
  };
}

function columnsOf(architectures: readonly ArchitectureSettings[]) {
  return settingColumns(architectures.map((architecture) => ({ settings: settingsOf(architecture) })));
}

function cellOf(architecture: ArchitectureSettings, name: string) {
  const columns = columnsOf([architecture]).filter((column) => column.name === `architecture.${name}`);
  return settingCells(settingsOf(architecture), columns)[0];
}
