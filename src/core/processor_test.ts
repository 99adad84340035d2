import { assertEquals } from "@std/assert";
import { processorClass, processorClassOf } from "./processor.ts";

Deno.test("processorClassOf() is the widest vectors whose instructions are all there", () => {
  const avx2 = "flags\t\t: fpu sse4_2 fma avx2";
  assertEquals(processorClassOf("x86_64", `${avx2} avx512f avx512dq avx512bw avx512vl\n`), "x86_64-avx512");
  assertEquals(processorClassOf("x86_64", `${avx2} avx512f`), "x86_64-avx2");
  assertEquals(processorClassOf("x86_64", "flags: avx2x fmax"), "x86_64");
  assertEquals(processorClassOf("aarch64", "Features : fp asimd sve"), "aarch64-sve");
  assertEquals(processorClassOf("aarch64", avx2), "aarch64");
});

Deno.test("processorClassOf() reads what sysctl says on macOS", () => {
  const text = "FPU VME SSE4.2 FMA AVX1.0\nRDWRFSGS BMI1 AVX2 BMI2\n";
  assertEquals(processorClassOf("x86_64", text), "x86_64-avx2");
});

Deno.test("processorClass() is the class of this machine's first processor", {
  ignore: Deno.build.os !== "linux",
}, () => {
  const [first] = Deno.readTextFileSync("/proc/cpuinfo").split("\n\n");
  assertEquals(processorClass(), processorClassOf(Deno.build.arch, first!));
});
