import { createRequire } from "node:module";

// deno-lint-ignore no-explicit-any -- generated code without types
export type Message = any;

/** TensorFlow's protocol buffers by name, as tfjs-node carries them: generated, plain JavaScript. */
export function protocolBuffers(): Readonly<Record<string, Message>> {
  return createRequire(import.meta.url)("@tensorflow/tfjs-node/dist/proto/api_pb.js");
}
