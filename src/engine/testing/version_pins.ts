import { assertEquals } from "@std/assert";
import { type Digest, sha256 } from "../../core/digest.ts";
import { variantOf } from "../optimizers.ts";
import type { ProgramKey } from "../program_key.ts";

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
  "adam@1 beta1, beta2, epsilon": "c8cd3032dd9c49070e1ee67a58117a589300391a970e1027027760af59d2cb60",
  "adam@1 weight_decay": "a3a175dc1309b236ff5260cbb16a0ff8b939ba836507fe79f8db3f78344d7d00",
  "adamw@1 beta1, beta2, epsilon": "c8cd3032dd9c49070e1ee67a58117a589300391a970e1027027760af59d2cb60",
  "adamw@1 weight_decay": "c0ebc253f9cbf353b4eb7e21c8725ce872d4a72b61ddd53d8834432e2fdbe183",
  "sgd@2 plain": "bdbe421af0cf87290130ae7333b1ba76fb4ad787260a1c62e109ed9c4cb40dff",
  "sgd@2 momentum": "bf2518240104798aa55001a25bda7ec8ddec4cecf4fcd043e8a72f62e3d21980",
  "sgd@2 momentum, nesterov": "fa0531228c1f548f83835d6762d9367551e9d061a397021b8e25f29592eb4599",
  "sgd@2 weight_decay": "9dd8332763ab83efbc9cda15db771124cf88739c3d562be3c27ab7b670b37e84",
  "rmsprop@1 alpha, epsilon": "4d84577674cc2cc8436343eefa1ec6e6575e4ee726261beb3132969f88141df8",
  "rmsprop@1 momentum": "fbb77e6f77e6b9924594d3e0df75670128ee8be959e75d8878461e993b6a175d",
  "rmsprop@1 momentum, weight_decay": "09ef7de3f0c429062e8f49bcc6c49d0f89503cd8f596d32ac5cdcfab2315620c",
  "constant@1": "638d744ecb917e3003ead5211db43fb1ce7b574d89441ac0805e605a7056e099",
  "step@1": "f707d4051852356e82116522a794f14dccdc66d7ac3efd82a39e84bf1fd357f4",
  "cosine@1": "e1a823b6f3930faad9c6423521098aeadcdf671473bb51a2c917096ebd4e93f4",
  "dropout@1": "3b36ee28685e7df64c75484acb336a450920c81bec69c192633395a51043c5a5",
  "label_smoothing@1": "8e396f420b90fa71924d7628052a7eae407d515db3711dafe2cdd30690b95d2e",
  "label_noise@1": "6693ef7b5e7a6992454887ab8fc526ae9f01bd18b6050379e6661136902227ff",
  "init@1 constant": "f1d8d362c28f2cd63cd66b0d077a8fb62fee1636dc8b5b1028acd9d053638098",
  "loop@3 order": "18f5a3fc817a355d9cfa4e852473b78dff112d765e02b0c30d0dac3375c19fb4",
  "loop@3 requests and rows": "166563d612c8192295c1ddfb598f094544938d5e85d533f23a6e22d6e8144a21",
  "fraction@1": "936c14a326c46b7733d620a0494d318cdf7b692c9afa45f275c2f20821366e5c",
  "init@1 orthogonal": "9ebbd2f5490d29844e53ec1690e4e9e916143b055733bd5c0c3750de8a36583b",
  "mlp@3 relu": "5311e801e13b4ae24849ee62fe620001e307193dbb04cdde4f3e51097c11ccf7",
  "mlp@3 tanh": "666e6ff2f43d244673b2dac4d96fbf86d4cc8153dd3564262680794ba169b463",
  "mlp@3 sigmoid": "a494e2aec487dd7abdcc941ec339899a37cd0004fb6eed32acd98a0a660eb730",
  "mlp@3 elu": "19b60fe2c3a1e1302632627145ed75d16a4cf54d62b0d1dff9fd48b48286164b",
  "mlp@3 gelu": "8ef42819c15e3c7c818cf7326bc067536d7c4680e194918eaeb226de485b3cc4",
  "mlp@3 linear": "804d4edcb629e9544095eeaf85cfb1f08bb6f060910e31fab83ca6f1e87ed4ef",
  "cnn@3 pooled": "28dbc2d3c9f051f1e08c0ddb390b6bacb1fe559cb97b16acc12bc1eaa13928da",
  "cnn@3 strided": "55cbaa7544a1cc8534c909111ee4a4b79f3ffd42992e49bff5a2fad8c0c60b36",
  "vit@5 class": "4c8843acadd682f11b1501249a0c25e967113ee73a1d09ddd5fe60e719e370d8",
  "vit@5 mean": "9bf273392c9460ae31a907291917faa5b8710abfd9eaf635c641802be501f07d",
  "mlp@3 plain with dropout": "872b26f51d73cf6030c3e435e7383bcfc18777a27248012c61701325664163b5",
  "cnn@3 pooled with dropout": "cd71e6d3550c07b4d4e571d1d6cdfedaace68d6cb9240b77d840a6754df73925",
  "cnn@3 strided with dropout": "5889b9111cb7f825960e012e3514a78a1bb21f5f95cb9741926c5b323b9679e7",
  "vit@5 class with dropout": "194e9788f76b1a82b77f7d579f7faff55dc49d9bfbe7fad191abc59de9bdd8a0",
  "vit@5 mean with dropout": "71358b9caac76f16e57d407af3a8f801fc5d9e17db875e9806645d7dcadf39bd",
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
  standardized: false,
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
