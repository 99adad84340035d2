import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { MlpSettings } from "../../artifacts/settings.ts";
import { activate, dense } from "../ops.ts";
import type { Model, TensorSpec } from "./model.ts";

/** Multilayer perceptron: flattened image, `depth` hidden layers of `width` units, linear head. */
export const mlp: Model<MlpSettings> = {
  name: "mlp",
  tensors: ({ depth, width }, [height, columns, channels], classes) => {
    const sizes = [height * columns * channels, ...Array<number>(depth).fill(width), classes];
    return sizes.slice(1).flatMap((fanOut, i) => denseTensors(`dense_${i + 1}`, sizes[i]!, fanOut));
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

function denseTensors(layer: string, fanIn: number, fanOut: number): TensorSpec[] {
  return [
    { name: `${layer}/kernel`, shape: [fanIn, fanOut], role: "kernel", fanIn, fanOut },
    { name: `${layer}/bias`, shape: [fanOut], role: "bias", fanIn, fanOut },
  ];
}
