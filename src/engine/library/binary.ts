import { UserError } from "../../core/diagnostic.ts";

/**
 * Checks by its first bytes that a file is a program library for this machine.
 * @param from What named it, for the message
 * @throws {UserError} If it is something else
 * @see ELF: System V ABI, figure 4-3 (e_machine at byte 18); Mach-O: <mach-o/loader.h>, <mach-o/fat.h>
 */
export async function checkBinary(
  path: string,
  from: string,
  os: string = Deno.build.os,
  arch: string = Deno.build.arch,
): Promise<void> {
  const found = binaryKinds(await firstBytes(path, 256));
  const wanted = `${os === "darwin" ? "Mach-O" : "ELF"} ${arch}`;
  if (found.includes(wanted)) return;
  const is = found.length === 0 ? "it is no program library" : `it is ${found.join(", ")}`;
  throw new UserError(
    `Cannot use "${path}" (from ${from}): ${is} where ${wanted} is needed`,
    "name a library that was built for this machine",
  );
}

/** Format and processor of a library, as "ELF x86_64"; several for a universal binary, none for other files. */
export function binaryKinds(bytes: Uint8Array): string[] {
  if (bytes.length < 20) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  if (magic === 0x7f454c46) return [`ELF ${ELF_MACHINES.get(view.getUint16(18, bytes[5] === 1)) ?? "other"}`];
  if (magic === 0xcffaedfe) return [machO(view.getUint32(4, true))];
  if (magic !== 0xcafebabe) return [];
  const count = Math.min(view.getUint32(4), Math.floor((bytes.length - 8) / 20));
  return Array.from({ length: count }, (_, i) => machO(view.getUint32(8 + 20 * i)));
}

const ELF_MACHINES = new Map([[62, "x86_64"], [183, "aarch64"]]);
const MACH_PROCESSORS = new Map([[0x01000007, "x86_64"], [0x0100000c, "aarch64"]]);

function machO(processor: number): string {
  return `Mach-O ${MACH_PROCESSORS.get(processor) ?? "other"}`;
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(count);
  return bytes.subarray(0, await file.read(bytes) ?? 0);
}
