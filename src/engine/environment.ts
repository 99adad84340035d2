/**
 * Tensors come from the C library, which gives each thread memory of its own. TensorFlow's allocator gives one model what
 * another on the other core has just written: two ViTs at once took 5 to 10 % longer each than one alone.
 */
const MEMORY: Readonly<Record<string, string>> = {
  TF_ONEDNN_USE_SYSTEM_ALLOCATOR: "1",
  GLIBC_TUNABLES: [
    "glibc.malloc.hugetlb=1", // large pages, where Linux gives them
    `glibc.malloc.top_pad=${64 * 2 ** 20}`, // a heap's whole size: none is given back after each step
    `glibc.malloc.mmap_threshold=${32 * 2 ** 20}`, // nor what is smaller than this
  ].join(":"),
};

/**
 * Variables that the engine process starts with, before it opens the library. It inherits none of the user's that
 * TensorFlow, XLA, oneDNN or the allocator read: what a shell says to other programs must not change results here.
 */
export function engineEnvironment(): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: "3", // 3: fatal errors alone
    TF_ENABLE_ONEDNN_OPTS: "1", // the default of the pinned library on some processors; here on all
    TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: "false", // keeps compiled primitives
    ...MEMORY,
    CUDA_VISIBLE_DEVICES: "-1",
  };
}
