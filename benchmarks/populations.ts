/** The populations that weft and its peers train, side by side. */
import type {
  ArchitectureSettings,
  CnnSettings,
  MlpSettings,
  VitSettings,
} from "../src/artifacts/settings.ts";

/** A network, how its kernels start, and what it learns. */
export interface BenchMember {
  readonly id: string;
  readonly dataset: DatasetName;
  readonly architecture: ArchitectureSettings;
  readonly scheme: "he_normal" | "glorot_normal";
  readonly seed: number;
}

export type DatasetName = "mnist" | "mnist-10k" | "fashion-mnist" | "cifar-10";

/** MLPs of each width at each depth. */
export function mlps(
  widths: readonly number[],
  depths: readonly number[],
  dataset: DatasetName = "mnist",
): BenchMember[] {
  return numbered(depths.flatMap((depth) => widths.map((width) => mlp(width, depth, dataset))));
}

/** 24 MLPs: 5 to 200 units in 1 to 4 hidden layers. */
export const MLP_24 = mlps([5, 10, 20, 50, 100, 200], [1, 2, 3, 4]);

/** 8 CNNs: 4 to 32 channels, one convolution or a second one of twice as many, each pooled. */
export const CNN_8 = numbered(
  [4, 8, 16, 32].flatMap((c) => [[c], [c, 2 * c]]).map((channels) => cnn(channels, "mnist")),
);

/** 8 ViTs on patches of 7 x 7. */
export const VIT_8 = numbered(
  [16, 32].flatMap((dim) =>
    [2, 4].flatMap((heads) => [1, 2].map((depth) => vit({ patch: 7, dim, heads, depth }, "mnist")))
  ),
);

/** 4 larger ones, on digits and on photographs. */
export const VIT_4_LARGE = numbered(
  [["mnist", 7], ["cifar-10", 8]].flatMap(([dataset, patch]) =>
    [8, 16].map((heads) => vit({ patch: patch as number, dim: 64, heads, depth: 4 }, dataset as DatasetName))
  ),
);

export function mlp(width: number, depth: number, dataset: DatasetName): Unnumbered {
  const architecture: MlpSettings = { kind: "mlp", depth, width, activation: "relu" };
  return { id: `mlp ${depth} x ${width}`, dataset, architecture, scheme: "he_normal" };
}

/** 3 x 3 convolutions, each with a 2 x 2 max pooling. */
export function cnn(channels: readonly number[], dataset: DatasetName): Unnumbered {
  const block = { kernel: 3, stride: 1, padding: "valid", pool: true } as const;
  const convolutions = channels.map((count) => ({ channels: count, ...block }));
  const architecture: CnnSettings = { kind: "cnn", convolutions, dense: 0, activation: "relu" };
  return { id: `cnn ${channels.join("-")}`, dataset, architecture, scheme: "he_normal" };
}

export function vit(
  sizes: Pick<VitSettings, "patch" | "heads" | "depth"> & { readonly dim: number },
  dataset: DatasetName,
): Unnumbered {
  const architecture: VitSettings = { kind: "vit", ...sizes, mlp_ratio: 2, pooling: "mean" };
  const id = `vit ${sizes.depth} x ${sizes.dim}, ${sizes.heads} heads, ${dataset}`;
  return { id, dataset, architecture, scheme: "glorot_normal" };
}

export type Unnumbered = Omit<BenchMember, "seed">;

/** Each with a seed of its own. */
export function numbered(members: readonly Unnumbered[]): BenchMember[] {
  return members.map((member, seed) => ({ ...member, seed }));
}
