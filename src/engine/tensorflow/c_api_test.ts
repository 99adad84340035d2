import { assertEquals } from "@std/assert";

Deno.test("exitAtOnce() ends a process in whose other threads TensorFlow is at work, and it does not crash", async () => {
  const script = new URL("../testing/busy_exit.ts", import.meta.url).pathname;
  const endings: (number | string)[] = [];
  for (let i = 0; i < 8; i++) { // every other one crashed by Deno.exit()
    const { code, signal } = await new Deno.Command(Deno.execPath(), { args: ["run", "-A", script] })
      .output();
    endings.push(signal ?? code);
  }
  assertEquals(endings, Array(8).fill(3));
});
