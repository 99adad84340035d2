import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js/index-native.js";
import { sha256 } from "../../../core/digest.ts";
import type { LibraryPlatform, PinnedFile } from "../platforms.ts";

/** A small wheel with two files for libtensorflow, and the platform that pins it. */
export interface FakeWheel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly platform: LibraryPlatform;
}

/** @param change Replaces or removes (null) files of the wheel after their digests were pinned */
export async function fakeWheel(change: Record<string, Uint8Array | null> = {}): Promise<FakeWheel> {
  const cc = fakeLibrary(300_000);
  const framework = fakeLibrary(40_000);
  const contents: Record<string, Uint8Array | null> = {
    "tensorflow/__init__.py": new TextEncoder().encode("raise ImportError"),
    [`tensorflow/${CC}`]: cc,
    [`tensorflow/${FRAMEWORK}`]: framework,
    ...change,
  };
  const writer = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  for (const [name, content] of Object.entries(contents)) {
    if (content !== null) await writer.add(name, new Uint8ArrayReader(content));
  }
  const bytes = await writer.close();
  const wheel = { project: "tensorflow-fake", ...pin("tensorflow_fake-2.21.0-none-any.whl", bytes) };
  return { bytes, platform: { name: "fake", wheel, cc: pin(CC, cc), framework: pin(FRAMEWORK, framework) } };
}

/** Begins as an ELF or Mach-O library for the machine that runs the tests; the rest compresses badly. */
export function fakeLibrary(size: number): Uint8Array<ArrayBuffer> {
  let state = size;
  const bytes = new Uint8Array(size).map(() => (state = Math.imul(state, 1664525) + 1013904223) >>> 24);
  const aarch64 = Deno.build.arch === "aarch64";
  const header = Deno.build.os === "darwin"
    ? [0xcf, 0xfa, 0xed, 0xfe, aarch64 ? 0x0c : 0x07, 0, 0, 1]
    : [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, aarch64 ? 183 : 62, 0];
  bytes.set(header);
  return bytes;
}

const CC = "libtensorflow_cc.so.2";
const FRAMEWORK = "libtensorflow_framework.so.2";

function pin(name: string, content: Uint8Array): PinnedFile {
  return { name, bytes: content.length, sha256: sha256(content) };
}
