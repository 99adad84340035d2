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
  "mlp@2 relu": "249fa27ee4024bc01a039a30dd844f58a93bdee938af9bb3d679ea720216623c",
  "mlp@2 tanh": "0b40d8dc207c9e440cf982f4dfbe91be8db137fbddfc4d3424b01b317b62e56f",
  "mlp@2 sigmoid": "9b21501e0f4ccef8dead5e435a821f6dd33ecaa65425c6ba8e52e5e9bbb874fb",
  "mlp@2 elu": "56dbab51b7fdab4036ff375731b71f519c139615826f2e5af668551b17caa93e",
  "mlp@2 gelu": "2cc6995df1a24885aef5e34033433d188b774d128de984bc501df050d4b657d5",
  "mlp@2 linear": "ba0db1ce0ed840b5beaf090773ae7ed7ebc578b76b3021751391a1447d98c8e1",
  "cnn@2 pooled": "0d2b7a6f2d9095415773acbb4992a8d19fac8dc81897d3ca2722f2b6793ae7da",
  "cnn@2 strided": "b6ded8becda99df38ff16bec72965c10a9cca47e3aa6f99d6e1746cdad62e70b",
  "vit@2 class": "13e79e138624fe860868d2169505407cffaaba557a703edb43b6f6ccdbbc864f",
  "vit@2 mean": "e5736efc44e838676167f9da8f6604ab02069ce62e89eb84a2243bc73ba44aec",
  "mlp@2 plain with dropout": "6b5137a11dfc09b9747628a3d23d55d1181aa400470f8a6fdc79c254eb9b847e",
  "cnn@2 pooled with dropout": "9cb13a12fd9715eae082a74cb40acb90ee16a9958e4c1236763dc0c77213d7f2",
  "cnn@2 strided with dropout": "6f0adb39b345549c5e5f172d4a30433725041c894892a58bd1f017d8ead8712f",
  "vit@2 class with dropout": "2afc2b65ad425b2467b30c24e375d50234b77c535e76d6ee9534506739e61efe",
  "vit@2 mean with dropout": "27806efd9641f0839a829b0b45cac9e708fb8fa809cfa19bc0bcccb73bba16e7",
  "adam@1 beta1, beta2, epsilon": "4d4cca9434356db55c423aed5d159b82ebbb653b00af4c73bf14412fbf942c1e",
  "adam@1 weight_decay": "61976c7a576d683513728c4ca4d260b22554a8ca816093a3839c305e08fdfaa5",
  "adamw@1 beta1, beta2, epsilon": "4d4cca9434356db55c423aed5d159b82ebbb653b00af4c73bf14412fbf942c1e",
  "adamw@1 weight_decay": "c000103136f37461d866165681d9fc83964179181730ffba3474fde977c7e14b",
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
  "dropout@1": "2c430b833be99c4155c5539069dc68705b1e1c3b25a3d7dbd405c8c45ba5f067",
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
