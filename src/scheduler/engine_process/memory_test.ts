import { assert, assertEquals } from "@std/assert";
import { machineMemoryLimits, MemoryMeter } from "./memory.ts";

Deno.test({
  name: "MemoryMeter.read() tells the resident memory of a process, and 0 once it has ended",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const child = new Deno.Command("sh", { args: ["-c", "read -r _"], stdin: "piped" }).spawn();
    const [meter, own] = [MemoryMeter.of(child.pid)!, MemoryMeter.of(Deno.pid)!];
    const least = Deno.memoryUsage().rss;
    const taken = new Uint8Array(1e8).fill(1);
    assert((await own.read())! > least + 0.9e8);
    assert(taken.length > (await meter.read())! && (await meter.read())! > 0);
    await child.stdin.close();
    await child.status;
    assertEquals(await meter.read(), 0);
    await Promise.all([meter.close(), own.close()]);
    assertEquals(await own.read(), undefined);
  },
});

Deno.test("machineMemoryLimits() stays below what the machine has, and recycles before it kills", async () => {
  const { recycleBytes, killBytes } = await machineMemoryLimits();
  assert(0 < recycleBytes && recycleBytes < killBytes && killBytes < Deno.systemMemoryInfo().total);
});
