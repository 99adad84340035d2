import { assert, assertEquals, assertRejects } from "@std/assert";
import { lacksLocks, withFileLock } from "./file_lock.ts";

Deno.test("withFileLock() lets one in at a time and leaves no file", async () => {
  const folder = await Deno.makeTempDir();
  const gate = Promise.withResolvers<void>();
  const inside = Promise.withResolvers<void>();
  const told = Promise.withResolvers<void>();
  const order: string[] = [];
  const first = withFileLock(`${folder}/lock`, {}, async () => {
    order.push("first in");
    inside.resolve();
    await gate.promise;
    order.push("first out");
  });
  await inside.promise;
  const waiting = () => told.resolve();
  // deno-lint-ignore require-await -- the work of a lock is asynchronous
  const second = withFileLock(`${folder}/lock`, { waiting }, async () => order.push("second in"));
  await told.promise;
  assertEquals(order, ["first in"]);
  gate.resolve();
  await Promise.all([first, second]);
  assertEquals(order, ["first in", "first out", "second in"]);
  assertEquals([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("withFileLock() lets many through one by one although each removes the file", async () => {
  const folder = await Deno.makeTempDir();
  let inside = 0;
  const visit = () =>
    withFileLock(`${folder}/lock`, {}, async () => {
      assertEquals(++inside, 1);
      await Deno.stat(folder);
      inside--;
    });
  await Promise.all(Array.from({ length: 5 }, visit));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("withFileLock() passes the lock on when the process that held it was killed", async () => {
  const folder = await Deno.makeTempDir();
  const program = `
    import { withFileLock } from ${JSON.stringify(import.meta.resolve("./file_lock.ts"))};
    await withFileLock(Deno.args[0], {}, () => (console.log("held"), new Promise((r) => setTimeout(r, 1e6))));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-read", "--allow-write", "-", `${folder}/lock`],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(program));
  await input.close();
  const output = child.stdout.getReader();
  assertEquals(new TextDecoder().decode((await output.read()).value).trim(), "held");

  const stopped = new AbortController();
  const waiting = () => stopped.abort(new Error("still held"));
  const busy = withFileLock(`${folder}/lock`, { waiting, signal: stopped.signal }, () => Promise.resolve());
  await assertRejects(() => busy, Error, "still held");

  child.kill("SIGKILL");
  await child.status;
  await output.cancel();
  assert(await withFileLock(`${folder}/lock`, {}, () => Promise.resolve(true)));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("lacksLocks() tells file systems without locks from other failures", () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });
  assertEquals(["ENOTSUP", "ENOLCK", "ENOSYS"].map((code) => lacksLocks(failure(code))), [true, true, true]);
  assertEquals(["EACCES", "ENOENT"].map((code) => lacksLocks(failure(code))), [false, false]);
});
