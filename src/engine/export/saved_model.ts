import { Buffer } from "node:buffer";
import type { Tensor } from "../../artifacts/safetensors.ts";
import { DataType } from "../tensorflow/c_api.ts";
import type { ForwardGraph } from "./forward_graph.ts";
import { type Message, protocolBuffers } from "./protocol_buffers.ts";

/**
 * The file `saved_model.pb` of a network whose weights are constants: TensorFlow's SavedModel with one signature,
 * `serving_default`, from images, uint8 [batch, height, width, channels], to logits and probabilities, float32 [batch,
 * classes].
 * @param tensors in the order of the model's
 */
export function savedModel(
  forward: ForwardGraph,
  image: readonly number[],
  classes: number,
  tensors: readonly Tensor[],
): Uint8Array {
  const proto = protocolBuffers();
  const graph = proto.GraphDef.deserializeBinary(Buffer.from(forward.graph, "base64"));
  const weights = new Map(forward.parameters.map((name, i) => [name, tensors[i]!]));
  for (const node of graph.getNodeList()) {
    const tensor = weights.get(node.getName());
    if (tensor !== undefined) makeConstant(node, tensor, proto);
  }
  const about = new proto.MetaGraphDef.MetaInfoDef();
  about.addTags("serve");
  const meta = new proto.MetaGraphDef();
  meta.setMetaInfoDef(about);
  meta.setGraphDef(graph);
  meta.getSignatureDefMap().set("serving_default", signature(forward, image, classes, proto));
  const model = new proto.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(meta);
  return model.serializeBinary();
}

/** A placeholder becomes a constant of the same name. */
function makeConstant(node: Message, { shape, data }: Tensor, proto: Messages): void {
  const value = new proto.Tensor();
  value.setDtype(DataType.float32);
  value.setTensorShape(shapeOf(shape, proto));
  value.setTensorContent(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const [type, content] = [new proto.AttrValue(), new proto.AttrValue()];
  type.setType(DataType.float32);
  content.setTensor(value);
  node.setOp("Const");
  const attributes = node.getAttrMap();
  attributes.clear();
  attributes.set("dtype", type);
  attributes.set("value", content);
}

function signature(
  { images, logits, probabilities }: ForwardGraph,
  image: readonly number[],
  classes: number,
  proto: Messages,
): Message {
  const about = (name: string, dtype: number, shape: readonly number[]) => {
    const info = new proto.TensorInfo();
    info.setName(`${name}:0`);
    info.setDtype(dtype);
    info.setTensorShape(shapeOf(shape, proto));
    return info;
  };
  const made = new proto.SignatureDef();
  made.getInputsMap().set("images", about(images, DataType.uint8, [-1, ...image]));
  made.getOutputsMap().set("logits", about(logits, DataType.float32, [-1, classes]));
  made.getOutputsMap().set("probabilities", about(probabilities, DataType.float32, [-1, classes]));
  made.setMethodName("tensorflow/serving/predict");
  return made;
}

function shapeOf(shape: readonly number[], proto: Messages): Message {
  const message = new proto.TensorShape();
  for (const size of shape) {
    const dim = new proto.TensorShape.Dim();
    dim.setSize(size);
    message.addDim(dim);
  }
  return message;
}

type Messages = Readonly<Record<string, Message>>;
