import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { MlpSettings } from "../../artifacts/settings.ts";
import { activate, dense } from "../ops.ts";
import { denseTensors } from "./layers.ts";
import type { Image, Model } from "./model.ts";

/** Multilayer perceptron: flattened image, `depth` hidden layers of `width` units, linear head. */
export const mlp: Model<MlpSettings> = {
  name: "mlp",
  evaluationBatch: 2500,
  tensors: (settings, image, classes) => {
    const sizes = layerSizes(settings, image, classes);
    return sizes.slice(1).flatMap((fanOut, i) => denseTensors(`dense_${i + 1}`, sizes[i]!, fanOut));
  },
  multiplyAdds: (settings, image, classes) => {
    const sizes = layerSizes(settings, image, classes);
    return sizes.slice(1).reduce((sum, fanOut, i) => sum + sizes[i]! * fanOut, 0);
  },
  forward: ({ depth, activation }, parameters, images) => {
    let x = images;
    for (let layer = 0; layer <= depth; layer++) {
      x = dense(x, parameters[2 * layer] as Tensor2D, parameters[2 * layer + 1] as Tensor1D);
      if (layer < depth) x = activate(activation, x);
    }
    return x;
  },
};

/** How many values go into the first layer and come out of each. */
function layerSizes({ depth, width }: MlpSettings, [height, columns, channels]: Image, classes: number) {
  return [height * columns * channels, ...Array<number>(depth).fill(width), classes];
}
