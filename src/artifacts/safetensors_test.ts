import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../core/diagnostic.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.ts";

const tensor = (name: string, shape: number[], values: number[]): Tensor => ({
  name,
  shape,
  data: Float32Array.from(values),
});

const arbitraryTensors = fc.uniqueArray(
  fc.record({
    name: fc.string({ unit: "binary" }).filter((name) => name !== "__metadata__" && name.isWellFormed()),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
).chain((heads) =>
  fc.tuple(...heads.map(({ name, shape }) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return fc.float32Array({ minLength: length, maxLength: length }).map((data) => ({ name, shape, data }));
  }))
);
const arbitraryMetadata = fc.dictionary(
  fc.string().filter((key) => key !== "__proto__"),
  fc.string({ unit: "grapheme" }),
  { noNullPrototype: true },
);

Deno.test("decodeSafetensors() gives back what encodeSafetensors() was given, NaN and signed zeros included", () => {
  fc.assert(fc.property(arbitraryTensors, arbitraryMetadata, (tensors, metadata) => {
    const decoded = decodeSafetensors(encodeSafetensors(tensors, metadata));
    const byName = new Map(decoded.tensors.map((one) => [one.name, one]));
    assertEquals(byName.size, tensors.length);
    for (const { name, shape, data } of tensors) {
      assertEquals(byName.get(name)!.shape, shape);
      assertEquals(bitsOf(byName.get(name)!.data), bitsOf(data));
    }
    assertEquals(decoded.metadata, metadata);
  }));
});

Deno.test("encodeSafetensors() starts the data at a multiple of 8 bytes, in the order given", () => {
  fc.assert(fc.property(arbitraryTensors, (tensors) => {
    const bytes = encodeSafetensors(tensors);
    assertEquals(new DataView(bytes.buffer).getBigUint64(0, true) % 8n, 0n);
    const filled = (list: readonly Tensor[]) =>
      list.filter(({ data }) => data.length > 0).map(({ name }) => name);
    assertEquals(filled(decodeSafetensors(bytes).tensors), filled(tensors));
  }));
});

Deno.test("encodeSafetensors() writes the bytes that the format's text describes", () => {
  const bytes = encodeSafetensors([tensor("a", [2], [1, -2])], { z: "last", k: "v" });
  const header = '{"__metadata__":{"k":"v","z":"last"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
  const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
  const expected = new Uint8Array(8 + padded.length + 8);
  expected[0] = padded.length;
  expected.set(new TextEncoder().encode(padded), 8);
  expected.set([0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0], 8 + padded.length);
  assertEquals(bytes, expected);
});

Deno.test("encodeSafetensors() reads data that is a part of a larger buffer", () => {
  const part = new Float32Array([9, 1, 2, 9]).subarray(1, 3);
  const [only] = decodeSafetensors(encodeSafetensors([{ name: "a", shape: [2], data: part }])).tensors;
  assertEquals([...only!.data], [1, 2]);
});

Deno.test("encodeSafetensors() refuses a wrong size, a name taken twice and the reserved name", () => {
  const one = tensor("a", [1], [1]);
  assertThrows(
    () => encodeSafetensors([tensor("a", [2, 2], [1])]),
    RangeError,
    "needs 4 values, and there are 1",
  );
  assertThrows(() => encodeSafetensors([one, one]), RangeError, "taken twice");
  assertThrows(() => encodeSafetensors([tensor("__metadata__", [1], [1])]), RangeError, "reserved");
});

Deno.test("decodeSafetensors() gives views where the bytes are aligned, and copies elsewhere", () => {
  const bytes = encodeSafetensors([tensor("a", [2], [1, 2])]);
  assertStrictEquals(decodeSafetensors(bytes).tensors[0]!.data.buffer, bytes.buffer as ArrayBuffer);
  const shifted = new Uint8Array(bytes.length + 1);
  shifted.set(bytes, 1);
  assertEquals([...decodeSafetensors(shifted.subarray(1)).tensors[0]!.data], [1, 2]);
});

Deno.test("decodeSafetensors() reads a file of the Python library", async () => {
  const path = new URL("../../tests/golden/mlp_hand_4_3_2.safetensors", import.meta.url);
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(path));
  assertEquals(tensors.map(({ name, shape }) => [name, shape]), [
    ["dense_1/kernel", [4, 3]],
    ["dense_1/bias", [3]],
    ["dense_2/kernel", [3, 2]],
    ["dense_2/bias", [2]],
  ]);
  assertEquals(metadata.kind, "mlp");
  // By construction: ((3 a + b) mod 5 - 2) / 10.
  const expected = Array.from(
    { length: 12 },
    (_, i) => Math.fround(((3 * Math.floor(i / 3) + i % 3) % 5 - 2) / 10),
  );
  assertEquals([...tensors[0]!.data], expected);
});

const DAMAGED: [what: string, bytes: Uint8Array, message: string][] = [
  ["an empty file", new Uint8Array(0), "it has 0 bytes"],
  [
    "a header longer than the file",
    file("{}", 0, 1n << 40n),
    "should have 1099511627776 bytes, and 2 follow",
  ],
  ["a header that is not JSON", file("{a}", 0), "its header is not JSON"],
  ["a header that is not UTF-8", new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0, 0xff]), "its header is not JSON"],
  ["a header that is a list", file("[]", 0), "not a JSON object"],
  ["a tensor that is a number", file('{"a":1}', 0), 'tensor "a" is not described by an object'],
  ["another type", file(head({ dtype: "BF16" }), 8), 'tensor "a" has type "BF16"'],
  ["a shape below zero", file(head({ shape: [-2] }), 8), 'tensor "a" has shape [-2]'],
  ["offsets that are no pair", file(head({ data_offsets: [0] }), 8), 'tensor "a" has offsets [0]'],
  ["too few bytes for the shape", file(head({ data_offsets: [0, 4] }), 4), "needs 8 bytes and has 4"],
  ["data cut short", file(head({}), 4), 'tensor "a" ends at byte 8 of the data, which have 4'],
  ["bytes left over", file(head({}), 12), "its last 4 bytes belong to no tensor"],
  ["a gap", file(head({ data_offsets: [4, 12] }), 12), '4 bytes before tensor "a" belong to no tensor'],
  [
    "overlapping tensors",
    file(
      `{"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":${entry({ data_offsets: [4, 12] })}}`,
      12,
    ),
    'tensor "a" overlaps the one before it by 4 bytes',
  ],
  ["metadata that is no text", file('{"__metadata__":{"k":1}}', 0), '"k" of "__metadata__" is not a string'],
];

for (const [what, bytes, message] of DAMAGED) {
  Deno.test(`decodeSafetensors() says what is wrong with ${what}`, () => {
    assertThrows(() => decodeSafetensors(bytes), UserError, message);
  });
}

Deno.test("decodeSafetensors() throws nothing but a UserError, whatever byte of a file is changed", () => {
  const whole = encodeSafetensors([tensor("a", [2], [1, 2]), tensor("b", [1], [3])], { k: "v" });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
      const bytes = whole.slice();
      bytes[at] = value;
      try {
        decodeSafetensors(bytes);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

function bitsOf(data: Float32Array): number[] {
  return [...new Uint32Array(data.buffer, data.byteOffset, data.length)];
}

function entry(changes: object): string {
  return JSON.stringify({ dtype: "F32", shape: [2], data_offsets: [0, 8], ...changes });
}

function head(changes: object): string {
  return `{"a":${entry(changes)}}`;
}

function file(header: string, dataBytes: number, length = BigInt(header.length)): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  bytes.set(new TextEncoder().encode(header), 8);
  return bytes;
}
