import { assert, assertEquals, assertRejects } from "@std/assert";
import { sha256 } from "../core/digest.ts";
import { StoreError } from "./errors.ts";
import { encodeLine, type StoredRecord } from "./records.ts";
import { SegmentWriter } from "./segment_writer.ts";
import { listSegments, readHeadAt, readRecordAt, readSegment, segmentIn } from "./segments.ts";
import { bytesOf, fullDisk, withFolders } from "./testing/folders.ts";

Deno.test("readSegment() gives the whole lines of a segment that was cut off anywhere, and no other", () =>
  withFolders(async ({ root }) => {
    const lines = ["a", "ü", "c"].map((name) => encodeLine(record(name)));
    const whole = bytesOf(lines.join(""));
    const ends = lines.map((_, i) => bytesOf(lines.slice(0, i + 1).join("")).length);
    await Deno.mkdir(root);
    const segment = segmentIn(root, "one");
    for (let size = 0; size <= whole.length; size++) {
      await Deno.writeFile(segment.path, whole.subarray(0, size));
      const read = [...readSegment(segment)];
      assertEquals(read.map(({ offset, length }) => offset + length), ends.filter((end) => end <= size));
      assert(read.every(({ record }) => record !== undefined));
    }
  }));

Deno.test("readSegment() and readRecordAt() take no line with a changed bit for a record", () =>
  withFolders(async ({ root }) => {
    const line = bytesOf(encodeLine(record("a")));
    await Deno.mkdir(root);
    const segment = segmentIn(root, "one");
    for (let bit = 0; bit < 8 * line.length; bit++) {
      const damaged = line.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      await Deno.writeFile(segment.path, damaged);
      for (const read of readSegment(segment)) assertEquals(read.record, undefined);
      assertEquals(readRecordAt(segment, { offset: 0, length: line.length }), undefined);
    }
  }));

Deno.test("readSegment(), readRecordAt() and readHeadAt() find nothing in a segment that is gone", () => {
  const segment = segmentIn("no-folder", "one");
  assertEquals([...readSegment(segment)], []);
  assertEquals(readRecordAt(segment, { offset: 0, length: 9 }), undefined);
  assertEquals(readHeadAt(segment, 0), undefined);
});

Deno.test("readSegment() reads on from a line's start, and lines longer than it reads at once", () =>
  withFolders(async ({ root }) => {
    const long = encodeLine({ ...record("a"), value: { inline: "ü".repeat(3 << 20) } });
    await Deno.mkdir(root);
    const segment = segmentIn(root, "one");
    await Deno.writeTextFile(segment.path, encodeLine(record("a")) + long + encodeLine(record("b")));
    const [first, second] = [...readSegment(segment)];
    const rest = [...readSegment(segment, second!.offset)];
    assertEquals(rest.map(({ record }) => record!.identity), [sha256("a"), sha256("b")]);
    assertEquals(rest[0]!.offset, first!.length);
    assertEquals(readRecordAt(segment, rest[1]!)?.identity, sha256("b"));
  }));

Deno.test("SegmentWriter.append() writes a record that is appended as soon as the one before it is stored", () =>
  withFolders(async ({ root }) => {
    const writer = new SegmentWriter(root);
    for (let i = 0; i < 20; i++) await writer.append(record(`${i}`));
    await writer.close();
    assertEquals([...readSegment(listSegments(root)[0]!)].length, 20);
  }));

Deno.test("SegmentWriter.append() shares a sync among up to 64 records", () =>
  withFolders(async ({ root }) => {
    let writes = 0;
    const writer = new SegmentWriter(root, () => writes++);
    await Promise.all(Array.from({ length: 130 }, (_, i) => writer.append(record(`${i}`))));
    assertEquals(writes, 3);
    await writer.close();
  }));

Deno.test("SegmentWriter.append() goes on in another segment where a write failed half way", () =>
  withFolders(async ({ root }) => {
    const writer = new SegmentWriter(root);
    await writer.append(record("a"));
    {
      using _ = fullDisk(40);
      await assertRejects(() => writer.append(record("b")), StoreError, "the disk is full");
    }
    await writer.append(record("c"));
    await writer.close();
    const read = listSegments(root).map((segment) =>
      [...readSegment(segment)].map(({ record }) => record?.identity)
    );
    assertEquals(read, [[sha256("a")], [sha256("c")]]);
  }));

Deno.test("SegmentWriter.append() names its segment after all that are there, although the clock went back", () =>
  withFolders(async ({ root }) => {
    await Deno.mkdir(root);
    await Deno.writeTextFile(`${root}/29991231T235959Z-aaaaaaaa.jsonl`, "");
    const writer = new SegmentWriter(root);
    await writer.append(record("a"));
    await writer.close();
    const names = listSegments(root).map(({ name }) => name.slice(0, 16));
    assertEquals(names, ["29991231T235959Z", "30000101T000000Z"]);
  }));

function record(name: string): StoredRecord {
  return {
    identity: sha256(name),
    value: { inline: name },
    objects: {},
    meta: { seconds: 1, host: "here", time: "2026-01-01T00:00:00.000Z" },
  };
}
