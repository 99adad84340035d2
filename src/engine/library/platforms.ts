/** A platform for which libtensorflow is fetched, with all that is pinned about it. */
export interface LibraryPlatform {
  readonly name: string;
  readonly wheel: PinnedFile & { readonly project: string };
  readonly cc: PinnedFile;
  readonly framework: PinnedFile;
}

/** `name` of the library's files is that of the file, without the wheel's folder `tensorflow/`. */
export interface PinnedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export const TENSORFLOW_VERSION = "2.21.0";

/** What to fetch for this system, or null if there is no wheel for it. */
export function libraryPlatform(
  os: string = Deno.build.os,
  arch: string = Deno.build.arch,
): LibraryPlatform | null {
  return PLATFORMS[`${os}-${arch}`] ?? null;
}

/** Sizes and digests of the wheels are those of the public Python Package Index, of the files those inside them. */
const PLATFORMS: Readonly<Record<string, LibraryPlatform>> = {
  "linux-x86_64": {
    name: "linux-x86_64",
    wheel: {
      project: "tensorflow-cpu",
      name: "tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl",
      bytes: 273_829_956,
      sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
    },
    cc: {
      name: "libtensorflow_cc.so.2",
      bytes: 788_086_608,
      sha256: "6505a4b9657e62100c6bdacb683957a395cb047725042945aaa50e40a71e429e",
    },
    framework: {
      name: "libtensorflow_framework.so.2",
      bytes: 65_222_328,
      sha256: "f060b323b26ef80add21b9df9428de3aeaf2843d772c5bb098745f7abff3709b",
    },
  },
  "linux-aarch64": {
    name: "linux-aarch64",
    wheel: {
      project: "tensorflow",
      name: "tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl",
      bytes: 281_828_020,
      sha256: "4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c",
    },
    cc: {
      name: "libtensorflow_cc.so.2",
      bytes: 814_885_544,
      sha256: "5f7de6ba6478ed7b83767a6e661e3e6e6931b05c64db14ba98250e52316a007c",
    },
    framework: {
      name: "libtensorflow_framework.so.2",
      bytes: 68_176_664,
      sha256: "deade33b9ab90ff468fd1d1f8f6079bec5a3a507cf2d13c3218aa8beec28aeb3",
    },
  },
  "darwin-aarch64": {
    name: "darwin-aarch64",
    wheel: {
      project: "tensorflow",
      name: "tensorflow-2.21.0-cp311-cp311-macosx_12_0_arm64.whl",
      bytes: 223_405_849,
      sha256: "51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88",
    },
    cc: {
      name: "libtensorflow_cc.2.dylib",
      bytes: 691_352_648,
      sha256: "753272d059c7be51f64369aaa8e12ac514ce372e0c4ba66f3cc49ec3b1c33384",
    },
    framework: {
      name: "libtensorflow_framework.2.dylib",
      bytes: 49_452_976,
      sha256: "e581d6db9e26f13e49327427e5d304cecbfe45d3467db7700e058857a4fd76bb",
    },
  },
};
