import { protocolBuffers } from "./protocol_buffers.ts";

/** A number of images that no other size in a graph is a multiple of: a prime. tfjs traces for known sizes alone. */
export const ANY = 100_003;

/**
 * A graph that was traced for {@link ANY} images, for any number of them. Sizes that are multiples of it become -1, which
 * TensorFlow takes for whatever is left; they may stand where it does so.
 * @param definition a GraphDef in protocol buffer's bytes, as is the result
 * @throws {Error} If anything else depends on the number of images
 */
export function forAnyBatch(definition: Uint8Array): Uint8Array {
  const graph = protocolBuffers().GraphDef.deserializeBinary(definition);
  const nodes: readonly Node[] = graph.getNodeList();
  const shapes = new Set(nodes.flatMap(shapeInputs));
  for (const node of nodes) {
    if (node.getOp() === "Placeholder") freeShape(node.getAttrMap().get("shape").getShape());
    if (node.getOp() === "Const") freeConstant(node, shapes.has(node.getName()));
  }
  return graph.serializeBinary();
}

// deno-lint-ignore no-explicit-any -- generated code without types
type Node = any;

/** Names of the constants that a node takes as a shape in which one size may be -1. */
function shapeInputs(node: Node): string[] {
  const inputs: string[] = node.getInputList();
  if (node.getOp() === "Reshape") return [inputs[1]!];
  return node.getOp() === "Slice" ? [inputs[2]!] : [];
}

function freeShape(shape: Node): void {
  for (const dim of shape.getDimList()) if (isAny(dim.getSize())) dim.setSize(-1);
}

function freeConstant(node: Node, isShape: boolean): void {
  const tensor = node.getAttrMap().get("value").getTensor();
  const sizes: number[] = tensor.getTensorShape().getDimList().map((dim: Node) => dim.getSize());
  const values = tensor.getDtype() === INT32 ? integersOf(tensor) : new Int32Array();
  if (sizes.some(isAny) || (!isShape && values.some(isAny))) {
    throw new Error(
      `Cannot free a graph of its number of images: constant "${node.getName()}" depends on it`,
    );
  }
  if (values.some(isAny)) setIntegers(tensor, values.map((value) => isAny(value) ? -1 : value));
}

const INT32 = 3;

function integersOf(tensor: Node): Int32Array {
  const content: Uint8Array = tensor.getTensorContent_asU8();
  return content.length > 0
    ? new Int32Array(content.slice().buffer)
    : Int32Array.from(tensor.getIntValList());
}

function setIntegers(tensor: Node, values: Int32Array): void {
  tensor.setIntValList([]);
  tensor.setTensorContent(new Uint8Array(values.buffer));
}

function isAny(size: number): boolean {
  return size !== 0 && size % ANY === 0;
}
