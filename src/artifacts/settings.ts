/** What fully specifies the training of one member, but for its seed, its data and how long it runs. */
export interface MemberSettings {
  readonly architecture: ArchitectureSettings;
  readonly init: InitSettings;
  readonly training: TrainingSettings;
}

export type ArchitectureSettings = MlpSettings | CnnSettings | VitSettings;
export type ArchitectureKind = ArchitectureSettings["kind"];

/** A multilayer perceptron: `depth` hidden layers of `width` units each, or one for each of `widths`, then a linear head. */
export interface MlpSettings {
  readonly kind: "mlp";
  /** With `width`; absent beside `widths`. */
  readonly depth?: number;
  readonly width?: number;
  readonly widths?: readonly number[];
  readonly activation: Activation;
}

/**
 * A convolutional network: convolutions, each with the activation and perhaps a 2 x 2 max pooling, then dense layers and a
 * linear head. The convolutions are `depth` times the same block, whose settings stand beside it, or those of
 * `convolutions`.
 */
export interface CnnSettings extends Partial<ConvolutionSettings> {
  readonly kind: "cnn";
  readonly depth?: number;
  readonly convolutions?: readonly ConvolutionSettings[];
  /** Units of the dense layers before the head; 0: there is none. */
  readonly dense: number | readonly number[];
  readonly activation: Activation;
}

/** `kernel` x `kernel`, `channels` filters, and whether a 2 x 2 max pooling follows the activation. */
export interface ConvolutionSettings {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: "valid" | "same";
  readonly pool: boolean;
}

/**
 * A vision transformer (Dosovitskiy and others, 2021): patches of `patch` x `patch` embedded in `dim` dimensions, learned
 * positions, `depth` pre-norm blocks of attention with `heads` heads and an MLP of `mlp_ratio` x `dim` units with GELU, then
 * the class token or the mean of all tokens, and a linear head.
 */
export interface VitSettings {
  readonly kind: "vit";
  readonly patch: number;
  /** Absent beside `head_dim`: then it is `heads` x `head_dim`. */
  readonly dim?: number;
  readonly head_dim?: number;
  readonly depth: number;
  readonly heads: number;
  readonly mlp_ratio: number;
  readonly pooling: "class" | "mean";
}

export const ACTIVATIONS = ["relu", "tanh", "sigmoid", "elu", "gelu", "linear"] as const;
export type Activation = typeof ACTIVATIONS[number];

/**
 * How kernels start; what else is trained starts the same whatever these are. `std` belongs to normal and truncated_normal,
 * `limit` to uniform, `value` to constant.
 */
export interface InitSettings {
  readonly scheme: InitScheme;
  /** Multiplies every drawn value. */
  readonly scale: number;
  readonly std?: number;
  readonly limit?: number;
  readonly value?: number;
}

export const INIT_SCHEMES = [
  "zeros",
  "constant",
  "normal",
  "truncated_normal",
  "uniform",
  "glorot_normal",
  "glorot_uniform",
  "he_normal",
  "he_uniform",
  "lecun_normal",
  "orthogonal",
] as const;
export type InitScheme = typeof INIT_SCHEMES[number];

export interface TrainingSettings {
  readonly optimizer: OptimizerSettings;
  readonly batch_size: number;
  /** Absent: constant, without warm-up. */
  readonly schedule?: ScheduleSettings;
  /** Share of the units that are left out of each step; absent: 0. */
  readonly dropout?: number;
  /** Share of each target that is spread over all classes; absent: 0. */
  readonly label_smoothing?: number;
  /** Share of the training labels that are replaced by another class; absent: 0. */
  readonly label_noise?: number;
  /** Share of the training examples that are used; absent: 1. */
  readonly fraction?: number;
}

export const OPTIMIZER_NAMES = ["adam", "adamw", "sgd", "rmsprop"] as const;

/**
 * `momentum` belongs to sgd and rmsprop, `nesterov` to sgd, `beta1` and `beta2` to adam and adamw, `alpha` to rmsprop,
 * `epsilon` to all but sgd. `weight_decay` adds to the gradients (L2); that of adamw shrinks the weights instead.
 */
export interface OptimizerSettings {
  readonly name: typeof OPTIMIZER_NAMES[number];
  readonly learning_rate: number;
  readonly weight_decay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly alpha?: number;
  readonly epsilon?: number;
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

export const SCHEDULE_NAMES = ["constant", "step", "cosine"] as const;

/** How the learning rate changes: it rises from 0 over `warmup` epochs, then follows the schedule. */
export interface ScheduleSettings {
  readonly name: typeof SCHEDULE_NAMES[number];
  /** In epochs, perhaps a part of one; absent: 0. */
  readonly warmup?: number;
  /** Of step: epochs between two drops. */
  readonly every?: number;
  /** Of step: what a drop multiplies the rate by. */
  readonly gamma?: number;
  /** Of cosine: the share of the rate that is left at the end of the last epoch. */
  readonly final?: number;
}

/**
 * Settings that mean something only while another one, `of`, has one of some values; elsewhere a member lacks them. By value,
 * the default there; null: it must be given.
 */
export const CONDITIONAL_SETTINGS: Readonly<
  Record<
    string,
    { readonly of: string; readonly where: Readonly<Record<string, number | boolean | null>> }
  >
> = {
  "init.std": { of: "init.scheme", where: { normal: null, truncated_normal: null } },
  "init.limit": { of: "init.scheme", where: { uniform: null } },
  "init.value": { of: "init.scheme", where: { constant: null } },
  "training.optimizer.weight_decay": {
    of: "training.optimizer.name",
    where: { adam: 0, adamw: 0.01, sgd: 0, rmsprop: 0 },
  },
  "training.optimizer.beta1": { of: "training.optimizer.name", where: { adam: 0.9, adamw: 0.9 } },
  "training.optimizer.beta2": { of: "training.optimizer.name", where: { adam: 0.999, adamw: 0.999 } },
  "training.optimizer.alpha": { of: "training.optimizer.name", where: { rmsprop: 0.99 } },
  "training.optimizer.epsilon": {
    of: "training.optimizer.name",
    where: { adam: 1e-7, adamw: 1e-7, rmsprop: 1e-7 },
  },
  "training.optimizer.momentum": { of: "training.optimizer.name", where: { sgd: 0, rmsprop: 0 } },
  "training.optimizer.nesterov": { of: "training.optimizer.name", where: { sgd: false } },
  "training.schedule.every": { of: "training.schedule.name", where: { step: null } },
  "training.schedule.gamma": { of: "training.schedule.name", where: { step: 0.1 } },
  "training.schedule.final": { of: "training.schedule.name", where: { cosine: 0 } },
};
