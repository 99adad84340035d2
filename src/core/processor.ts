import { once } from "./once.ts";

/**
 * The class of this machine's processors: "x86_64-avx512", "x86_64-avx2", "x86_64", "aarch64-sve", "aarch64". The numerical
 * library takes other code on each, which rounds elsewhere. Where the class cannot be found out, the architecture alone.
 * It takes up to 15 ms, once: Deno reads nothing of /proc without all permissions, so a process reads it.
 */
export const processorClass = once((): string => {
  const { arch, os } = Deno.build;
  const command = FEATURES[os];
  return processorClassOf(arch, command === undefined ? "" : outputOf(command));
});

/** @param text names of features between white space, as /proc/cpuinfo and sysctl list them, among other words */
export function processorClassOf(arch: typeof Deno.build.arch, text: string): string {
  const features = new Set(text.toLowerCase().split(/\s+/));
  const best = VARIANTS[arch].find(({ needs }) => needs.every((feature) => features.has(feature)));
  return best === undefined ? arch : `${arch}-${best.name}`;
}

/** Best first. */
const VARIANTS: Readonly<
  Record<typeof Deno.build.arch, readonly { readonly name: string; readonly needs: readonly string[] }[]>
> = {
  x86_64: [
    { name: "avx512", needs: ["avx512f", "avx512bw", "avx512vl", "avx512dq"] },
    { name: "avx2", needs: ["avx2", "fma"] },
  ],
  aarch64: [{ name: "sve", needs: ["sve"] }],
};

/** What writes the features of the processor: the first of several is enough. */
const FEATURES: Readonly<Partial<Record<typeof Deno.build.os, readonly [string, ...string[]]>>> = {
  linux: ["head", "-c", "4096", "/proc/cpuinfo"],
  darwin: ["sysctl", "-n", "machdep.cpu.features", "machdep.cpu.leaf7_features"],
};

function outputOf([command, ...args]: readonly [string, ...string[]]): string {
  try {
    const { stdout } = new Deno.Command(command, { args, stdin: "null", stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout);
  } catch {
    return ""; // not there, or not allowed
  }
}
