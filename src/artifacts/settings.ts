/** What fully specifies the training of one member, but for its seed, its data and how long it runs. */
export interface MemberSettings {
  readonly architecture: ArchitectureSettings;
  readonly init: InitSettings;
  readonly training: TrainingSettings;
}

export type ArchitectureSettings = MlpSettings | CnnSettings | VitSettings;
export type ArchitectureKind = ArchitectureSettings["kind"];

/** A multilayer perceptron: `depth` hidden layers of `width` units each, then a linear head. */
export interface MlpSettings {
  readonly kind: "mlp";
  readonly depth: number;
  readonly width: number;
  readonly activation: Activation;
}

/**
 * A convolutional network: `depth` times a convolution (`kernel` x `kernel`, `channels` filters), the activation and, if
 * `pool`, a 2 x 2 max pooling; then a dense layer of `dense` units where that is not 0, and a linear head.
 */
export interface CnnSettings {
  readonly kind: "cnn";
  readonly depth: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: "valid" | "same";
  readonly pool: boolean;
  readonly dense: number;
  readonly activation: Activation;
}

/**
 * A vision transformer (Dosovitskiy and others, 2021): patches of `patch` x `patch` embedded in `dim` dimensions, learned
 * positions, `depth` pre-norm blocks of attention with `heads` heads and an MLP of `mlp_ratio` x `dim` units with GELU, then
 * the class token or the mean of all tokens, and a linear head.
 */
export interface VitSettings {
  readonly kind: "vit";
  readonly patch: number;
  readonly dim: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlp_ratio: number;
  readonly pooling: "class" | "mean";
}

export const ACTIVATIONS = ["relu", "tanh", "sigmoid", "elu", "gelu", "linear"] as const;
export type Activation = typeof ACTIVATIONS[number];

/** How kernels start; what else is trained starts the same whatever these are. `std` belongs to normal and truncated_normal, `limit` to uniform. */
export interface InitSettings {
  readonly scheme: InitScheme;
  /** Multiplies every drawn value. */
  readonly scale: number;
  readonly std?: number;
  readonly limit?: number;
}

export const INIT_SCHEMES = [
  "zeros",
  "normal",
  "truncated_normal",
  "uniform",
  "glorot_normal",
  "glorot_uniform",
  "he_normal",
  "he_uniform",
  "lecun_normal",
] as const;
export type InitScheme = typeof INIT_SCHEMES[number];

export interface TrainingSettings {
  readonly optimizer: OptimizerSettings;
  readonly batch_size: number;
}

/** `momentum` belongs to sgd; `beta1`, `beta2`, `epsilon` to adam. */
export interface OptimizerSettings {
  readonly name: "adam" | "sgd";
  readonly learning_rate: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
}

/**
 * Settings that mean something only while another one, `of`, has one of some values; elsewhere a member lacks them.
 * Without a default they must be given there.
 */
export const CONDITIONAL_SETTINGS: Readonly<
  Record<string, { readonly of: string; readonly values: readonly string[]; readonly default?: number }>
> = {
  "init.std": { of: "init.scheme", values: ["normal", "truncated_normal"] },
  "init.limit": { of: "init.scheme", values: ["uniform"] },
  "training.optimizer.beta1": { of: "training.optimizer.name", values: ["adam"], default: 0.9 },
  "training.optimizer.beta2": { of: "training.optimizer.name", values: ["adam"], default: 0.999 },
  "training.optimizer.epsilon": { of: "training.optimizer.name", values: ["adam"], default: 1e-7 },
  "training.optimizer.momentum": { of: "training.optimizer.name", values: ["sgd"], default: 0 },
};
