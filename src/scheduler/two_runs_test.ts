import { assert, assertEquals } from "@std/assert";

Deno.test("Two runs of a pipeline at once make each item and each stage once, and both end with all of them", () =>
  withFolder(async (folder) => {
    const runs = [start(folder, 40, 2), start(folder, 40, 2)];
    await Promise.all(runs.map((run) => run.line((line) => line.startsWith("computes"))));
    await Deno.writeTextFile(`${folder}/go`, "");
    const lines = (await Promise.all(runs.map((run) => run.end()))).map((lines) => [...lines]);
    assertEquals(lines.map((lines) => lines.at(-1)), ["ends true 780", "ends true 780"]);
    const computed = lines.flat().filter((line) => line.startsWith("computes"));
    assertEquals(computed.length, 41);
    assertEquals(new Set(computed).size, 41);
    assert(lines.every((lines) => lines.some((line) => line.startsWith("computes"))), "both took part");
  }));

Deno.test("A run takes over what another was making when that is killed, without a manual step", () =>
  withFolder(async (folder) => {
    const first = start(folder, 1, 1);
    await first.line((line) => line === "computes 0");
    const second = start(folder, 1, 1);
    await second.line((line) => line === "item-waits");
    first.kill();
    await second.line((line) => line === "computes 0");
    await Deno.writeTextFile(`${folder}/go`, "");
    const lines = await second.end();
    assertEquals(lines.at(-1), "ends true 0");
    assertEquals(lines.filter((line) => line === "item-waits").length, 1);
    await first.end();
  }));

interface RunProcess {
  /** Resolves when it has written such a line. */
  readonly line: (isWanted: (line: string) => boolean) => Promise<void>;
  readonly kill: () => void;
  /** Resolves to all of its lines when it has ended. */
  readonly end: () => Promise<readonly string[]>;
}

function start(folder: string, items: number, concurrency: number): RunProcess {
  const script = new URL("testing/two_runs.ts", import.meta.url).pathname;
  const args = ["run", "-A", "--no-check", script, folder, `${items}`, `${concurrency}`];
  const child = new Deno.Command(Deno.execPath(), { args, stdout: "piped" }).spawn();
  const lines: string[] = [];
  const waiting: { readonly isWanted: (line: string) => boolean; readonly found: () => void }[] = [];
  const read = async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts);
      for (const { isWanted, found } of waiting) if (parts.some(isWanted)) found();
    }
  };
  const ended = read();
  return {
    line: (isWanted) =>
      new Promise((found) => lines.some(isWanted) ? found() : waiting.push({ isWanted, found })),
    kill: () => child.kill("SIGKILL"),
    end: async () => {
      await Promise.all([ended, child.status]);
      return lines;
    },
  };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
