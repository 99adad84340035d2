import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { MlpSettings } from "../../artifacts/settings.ts";
import { keepAll } from "../dropout.ts";
import { activate, dense } from "../ops.ts";
import { denseTensors } from "./layers.ts";
import type { Image, Model } from "./model.ts";

/** Multilayer perceptron: flattened image, hidden layers, linear head. */
export const mlp: Model<MlpSettings> = {
  name: "mlp",
  evaluationBatch: 1000,
  tensors: (settings, image, classes) => {
    const sizes = layerSizes(settings, image, classes);
    return sizes.slice(1).flatMap((fanOut, i) => denseTensors(`dense_${i + 1}`, sizes[i]!, fanOut));
  },
  multiplyAdds: (settings, image, classes) => {
    const sizes = layerSizes(settings, image, classes);
    return sizes.slice(1).reduce((sum, fanOut, i) => sum + sizes[i]! * fanOut, 0);
  },
  forward: (settings, parameters, images, _image, drop = keepAll) => {
    const { activation } = settings;
    const depth = layersOf(settings).length;
    let x = images;
    for (let layer = 0; layer <= depth; layer++) {
      x = dense(x, parameters[2 * layer] as Tensor2D, parameters[2 * layer + 1] as Tensor1D);
      if (layer < depth) x = drop(activate(activation, x));
    }
    return x;
  },
};

/** Units of each hidden layer. */
function layersOf({ depth = 0, width = 0, widths }: MlpSettings): readonly number[] {
  return widths ?? Array<number>(depth).fill(width);
}

/** How many values go into the first layer and come out of each. */
function layerSizes(settings: MlpSettings, [height, columns, channels]: Image, classes: number): number[] {
  return [height * columns * channels, ...layersOf(settings), classes];
}
