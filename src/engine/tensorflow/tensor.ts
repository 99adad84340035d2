import { type Digest, sha256 } from "../../core/digest.ts";
import { elementCount } from "../../core/shape.ts";
import { api, DataType } from "./c_api.ts";

export type Dtype = "float32" | "int32" | "uint8" | "bool" | "int64" | "uint64";
export type TypedArray = Float32Array | Int32Array | Uint8Array | BigInt64Array | BigUint64Array;

const BYTES: Record<Dtype, number> = { float32: 4, int32: 4, uint8: 1, bool: 1, int64: 8, uint64: 8 };

/** A dense array in TensorFlow's memory. Whoever holds it frees it. */
export class NativeTensor {
  private constructor(private pointerOrNull: Deno.PointerValue) {
    alive.count++;
  }

  /**
   * Copies values into TensorFlow's memory.
   * @param values row-major, as many as `shape` holds
   */
  static from(values: TypedArray, dtype: Dtype, shape: readonly number[]): NativeTensor {
    const size = elementCount(shape);
    if (values.length !== size || values.byteLength !== size * BYTES[dtype]) {
      throw new RangeError(
        `Cannot make a ${dtype} tensor [${shape}] of ${values.length} values in ${values.byteLength} bytes`,
      );
    }
    return NativeTensor.written(dtype, shape, (bytes) => {
      bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    });
  }

  /** A tensor whose bytes are written in place: what is as large as a data set is there once. */
  static written(dtype: Dtype, shape: readonly number[], write: (bytes: Uint8Array) => void): NativeTensor {
    const dims = new BigInt64Array(shape.map(BigInt));
    const size = BigInt(elementCount(shape) * BYTES[dtype]);
    const pointer = api().TF_AllocateTensor(DataType[dtype], dims, shape.length, size);
    if (pointer === null) throw new Error(`Cannot allocate a ${dtype} tensor [${shape}]`);
    const tensor = new NativeTensor(pointer);
    write(tensor.bytes());
    return tensor;
  }

  /** Takes over a TF_Tensor that TensorFlow has made. */
  static adopt(pointer: Deno.PointerValue): NativeTensor {
    if (pointer === null) throw new TypeError("Cannot adopt a tensor: the pointer is null");
    return new NativeTensor(pointer);
  }

  get pointer(): Deno.PointerObject {
    if (this.pointerOrNull === null) throw new Error("Cannot use a tensor that has been freed");
    return this.pointerOrNull;
  }

  get shape(): number[] {
    return Array.from(
      { length: api().TF_NumDims(this.pointer) },
      (_, i) => Number(api().TF_Dim(this.pointer, i)),
    );
  }

  /** A copy of the values. */
  float32(): Float32Array {
    return new Float32Array(this.bytes().slice().buffer);
  }

  /** A copy of the values. */
  int32(): Int32Array {
    return new Int32Array(this.bytes().slice().buffer);
  }

  /** The values, and frees the tensor. */
  takeFloat32(): Float32Array {
    const values = this.float32();
    this.free();
    return values;
  }

  /** Of the values, not of their shape. */
  digest(): Digest {
    return sha256(this.bytes());
  }

  free(): void {
    if (this.pointerOrNull === null) return;
    api().TF_DeleteTensor(this.pointerOrNull);
    this.pointerOrNull = null;
    alive.count--;
  }

  private bytes(): Uint8Array {
    const length = Number(api().TF_TensorByteSize(this.pointer));
    if (length === 0) return new Uint8Array();
    return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(api().TF_TensorData(this.pointer)!, length));
  }
}

/** How many tensors are not freed: tests hold it to what it was. */
export const alive = { count: 0 };
