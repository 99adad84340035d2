/**
 * Variables that the engine process starts with, before it opens the library. It inherits none of the user's that
 * TensorFlow, XLA, oneDNN or the allocator read: what a shell says to other programs must not change results here.
 */
export function engineEnvironment(): Record<string, string> {
  return {
    TF_CPP_MIN_LOG_LEVEL: "3", // 3: fatal errors alone
    TF_ENABLE_ONEDNN_OPTS: "1", // the default of the pinned library on some processors; here on all
    TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE: "false", // keeps compiled primitives
    GLIBC_TUNABLES: "glibc.malloc.hugetlb=1", // large pages where Linux gives them: CNNs take 3 to 5 % less time
    CUDA_VISIBLE_DEVICES: "-1",
  };
}
