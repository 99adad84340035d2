import { assertEquals } from "@std/assert";
import { type Digest, sha256 } from "../../core/digest.ts";
import { variantOf } from "../optimizers.ts";
import type { ProgramKey } from "../program.ts";

/**
 * What each version of each component computes, by digest. If one of these moves, stored results no longer are what the
 * code would compute: raise the component's version in versions.ts, and write the new digest here under the new version.
 */
export const PINNED: Record<string, string> = {
  "init@1 he_normal": "49d0ef4fba094746d9a8c370b04fceb29e492407081cc0d1b60079375bbc52ae",
  "init@1 glorot_uniform": "63f7acf840ebbab63412f7072a8a7c39e7c4e0027621c97adac85ed34656107d",
  "init@1 but kernels": "46407ef56b8c51985cd69f780ba0f00ef1064493cfbd0cb1c99534ad7539a7b0",
  "init@1 truncated_normal": "a6e2777f156b9c5bfeb552d1f1fd7a1b57898f023ba773be17488df32d101d78",
  "init@1 zeros": "cb9df1f4eb8ecd9eb7bf241ac236aab519c8302ba42767789a5417bd796a4dae",
  "init@1 normal": "ca7692db92d9ec119e51e868dd9b358a79236941e0a6f70076a0c03a7c6cb82c",
  "init@1 uniform": "ecc9f1d5cbc4d7ca94060fafe14f789e35a322b4368fb4fc652f004fe52e270f",
  "init@1 glorot_normal": "4c14ace92ecd0bd42c72413540b7df6bac104567dd95a3aadb2903694307cb64",
  "init@1 he_uniform": "6f4132f47fb7307f7b93446e825718a335d58bf6803ff67c2854c7c8fca7e0e5",
  "init@1 lecun_normal": "c635a06b42a7ee8685bb8a8bec21362c114385a600175a4e9139a8d93b03af79",
  "mlp@2 relu": "873fc556fcb3033a4cc17f87c21b9575f097b86e95021c78f290ac2cb9147481",
  "mlp@2 tanh": "ad0cc4aedce60e9b54c1760135c0e981f79879ade037ffeffb2956413e6f2c99",
  "mlp@2 sigmoid": "13effd5ffc5a29773a4d2f6107ded836b0a7c13e3f3d4b0f3f7f3a7970678354",
  "mlp@2 elu": "270669a158bad36d058dae5ce38ba498d37eb2d1ecde5d6d5c9db765f2f69347",
  "mlp@2 gelu": "bd97ed82acb700c0b3a28a4a821acbcb94c9b2983712e44bbbe2e7516a12ca05",
  "mlp@2 linear": "a4e5332ddb56c95ad7a5c519c56ac54fff9da05ce6a6f29b9af374e5002d4a96",
  "cnn@2 pooled": "29e40bcc9ffdf447422253627739ba6de6d7dcc5f85988736cdec20dfa0c3b71",
  "cnn@2 strided": "9ad0772fffb019c0eda7147679b0f929349e03a6b06459085aff8a3069437fe9",
  "vit@2 class": "80f622e5284123a56aefa69f6317c98349c837f64f746e57ebe09a4ed31fd699",
  "vit@2 mean": "1bab06a322b7c808d667eba6b95799acd33a3f32ddb32ec95e92c17b4de16c94",
  "mlp@2 plain with dropout": "cafbca7e9e5a6d3e3cff7748367c245def67dac910d0344f97ea3397eecf7816",
  "cnn@2 pooled with dropout": "e1606c3470085659f8a36de63365361fa9f96b0079b5042f45560a898cd9c147",
  "cnn@2 strided with dropout": "7d11cc8c79ac8398a91d75c3eedfb3ba69c9399217c61148b42979a6e1135a31",
  "vit@2 class with dropout": "1d06acc6e85fea432ecd5ced3ece80e4028cf54c917f0082b05482714b598a10",
  "vit@2 mean with dropout": "fd2cdaca0c72c3e2d8158951efdf1f2b7db89e4b821020692fdc4f6f6b1d895c",
  "adam@1 beta1, beta2, epsilon": "d6eb05e19c81b3f67ded944aae838b5b4ac1f530595447f865703a3e52028770",
  "adam@1 weight_decay": "031dad94d47113fef05832baa0e80b1458f12510b478f775588b190c83d86a11",
  "adamw@1 beta1, beta2, epsilon": "d6eb05e19c81b3f67ded944aae838b5b4ac1f530595447f865703a3e52028770",
  "adamw@1 weight_decay": "3491fa9a8e69e96ca286a903a7777f529c9b03f44ba06132cda36b45bbd75c9a",
  "sgd@2 plain": "4c0693e52345e5efc286592cce6c6960e47447f5151692827a249cfb0881620b",
  "sgd@2 momentum": "04913b6af62b29461e54cc4f5e36ed0a49ceceaac01b2d7411cbfbec256ca930",
  "sgd@2 momentum, nesterov": "4e97757a2e01bf611dddcb3dd4ea8a40df61054cd8ea3db67596ba54cc6288ed",
  "sgd@2 weight_decay": "98a434cbb8bb6494f0872003614742100fa01304cf4a911570299e90ce65250f",
  "rmsprop@1 alpha, epsilon": "9f9711415d2f31f19e419fc2fd39547046ce7caa63a0f41e14341e13d085eb5a",
  "rmsprop@1 momentum": "bac819af1d1fbaed1cd8575b1fb0eaa1521b7afdcccc6666ef820e824e18f985",
  "rmsprop@1 momentum, weight_decay": "029f6a5570983c5df327f141ce4f69f620d35e773ae1ac89b58366ad0a7ef044",
  "constant@1": "638d744ecb917e3003ead5211db43fb1ce7b574d89441ac0805e605a7056e099",
  "step@1": "f707d4051852356e82116522a794f14dccdc66d7ac3efd82a39e84bf1fd357f4",
  "cosine@1": "e1a823b6f3930faad9c6423521098aeadcdf671473bb51a2c917096ebd4e93f4",
  "dropout@1": "75892700760438740deb5794a5604973a85ed9262654703844148bc174bb1b21",
  "label_smoothing@1": "3ce023633414071f53c66098e80ed192d83882f2ede80924868de0be44a17271",
  "label_noise@1": "6693ef7b5e7a6992454887ab8fc526ae9f01bd18b6050379e6661136902227ff",
  "init@1 constant": "f1d8d362c28f2cd63cd66b0d077a8fb62fee1636dc8b5b1028acd9d053638098",
  "loop@3 order": "18f5a3fc817a355d9cfa4e852473b78dff112d765e02b0c30d0dac3375c19fb4",
  "loop@3 requests and rows": "166563d612c8192295c1ddfb598f094544938d5e85d533f23a6e22d6e8144a21",
  "fraction@1": "936c14a326c46b7733d620a0494d318cdf7b692c9afa45f275c2f20821366e5c",
  "init@1 orthogonal": "9ebbd2f5490d29844e53ec1690e4e9e916143b055733bd5c0c3750de8a36583b",
};

/** `name` is a component, `@` and its version, and perhaps more. */
export function assertPinned(name: string, digest: Digest): void {
  assertEquals(`${name} ${digest}`, `${name} ${PINNED[name]}`);
}

/** Of arrays, one after the other. */
export function digestOf(
  arrays: readonly (Float32Array | Float64Array | Int32Array | BigUint64Array)[],
): Digest {
  return sha256(
    arrays.map(({ buffer, byteOffset, byteLength }) => sha256(new Uint8Array(buffer, byteOffset, byteLength)))
      .join(),
  );
}

/** A program that pins are made with. */
export const KEY: ProgramKey = {
  architecture: { kind: "mlp", depth: 2, width: 3, activation: "relu" },
  optimizer: variantOf({ name: "adam", learning_rate: 1 }),
  dropout: false,
  smoothing: false,
  batchSize: 4,
  image: [2, 2, 1],
  classes: 3,
  usedCount: 8,
  trainCount: 8,
  testCount: 2,
};

export const SEED = "0123456789abcdef";
