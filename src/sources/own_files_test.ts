import { assert, assertEquals } from "@std/assert";
import { FileError } from "../core/diagnostic.ts";
import type { AskingKind, FileAnswer, FileRequest } from "../core/own_files.ts";
import { areAsRead, OwnFiles } from "./own_files.ts";

Deno.test("OwnFiles.answers() knows a file after lookUp(), and in another process as long as it does not change", () =>
  inProject(async ({ write, open }) => {
    using _ = later();
    write("a.txt", "12");
    assertEquals(await asked(open(), "a.txt"), { answer: lengths(2), reads: 1 });
    assertEquals(await asked(open(), "a.txt"), { answer: lengths(2), reads: 0 });
    write("a.txt", "345");
    assertEquals(await asked(open(), "a.txt"), { answer: lengths(3), reads: 1 });
    assertEquals(await asked(open(), "a.txt", "other question"), { answer: lengths(3), reads: 1 });
  }));

Deno.test("OwnFiles.answers() sees that a file was replaced by another one of its size and time", () =>
  inProject(async ({ folder, write, open }) => {
    using _ = later();
    const time = new Date(1e12);
    for (const text of ["12", "ab"]) {
      write("new.txt", text);
      const path = `${folder}/project/new.txt`;
      Deno.utimeSync(path, time, time);
      Deno.renameSync(path, `${folder}/project/a.txt`);
      assertEquals((await asked(open(), "a.txt")).reads, 1);
    }
  }));

Deno.test("OwnFiles.answers() sees files that come, go and change in a folder, however deep a reader looks", () =>
  inProject(async ({ folder, write, open }) => {
    using _ = later();
    write("data/a/1.txt", "1");
    assertEquals((await asked(open(), "data")).reads, 1);
    const changes = [
      () => write("data/a/2.txt", "2"),
      () => write("data/a/1.txt", "11"),
      () => Deno.removeSync(`${folder}/project/data/a/2.txt`),
      () => write("data/a/b/c/3.txt", "3"),
      () => write("data/a/b/c/3.txt", "33"),
    ];
    for (const change of changes) {
      change();
      assertEquals((await asked(open(), "data")).reads, 1);
      assertEquals((await asked(open(), "data")).reads, 0);
    }
  }));

Deno.test("OwnFiles remembers nothing of a file that changed in the last two seconds", () =>
  inProject(async ({ write, open }) => {
    write("a.txt", "12");
    const files = open();
    assertEquals((await asked(files, "a.txt")).reads, 1);
    assertEquals(files.read, undefined);
    assertEquals((await asked(open(), "a.txt")).reads, 1);
    using _ = later();
    const settled = open();
    assertEquals((await asked(settled, "a.txt")).reads, 1);
    assertEquals(settled.read?.length, 1);
  }));

Deno.test("areAsRead() holds as long as the files that were read are the same", () =>
  inProject(async ({ folder, write, open }) => {
    using _ = later();
    write("data/a.txt", "12");
    const files = open();
    await asked(files, "data");
    const read = files.read!;
    assert(areAsRead(read));
    write("data/b.txt", "12");
    assert(!areAsRead(read));
    Deno.removeSync(`${folder}/project/data`, { recursive: true });
    assert(!areAsRead(read));
  }));

Deno.test("OwnFiles.answers() does not believe a damaged cache", () =>
  inProject(async ({ folder, write, open }) => {
    using _ = later();
    write("a.txt", "12");
    await asked(open(), "a.txt");
    const [{ name }] = [...Deno.readDirSync(`${folder}/cache/lookups`)] as [Deno.DirEntry];
    const path = `${folder}/cache/lookups/${name}`;
    const kept = Deno.readTextFileSync(path);
    for (const damaged of ["", "[]", kept.slice(0, -5), kept.replace('"lengths":[2]', '"lengths":[7]')]) {
      assert(damaged !== kept);
      Deno.writeTextFileSync(path, damaged);
      assertEquals(await asked(open(), "a.txt"), { answer: lengths(2), reads: 1 });
    }
  }));

Deno.test("OwnFiles.answers() tells all files that are absent, with their places in the settings", () =>
  inProject(async ({ write, open }) => {
    write("a.txt", "12");
    const { answer, reads } = await asked(open(), ["a.txt", "b.txt", "c/d.txt"]);
    const absent = [{ path: "b.txt", at: ["paths", 1] }, { path: "c/d.txt", at: ["paths", 2] }];
    assertEquals([answer, reads], [{ state: "absent", files: absent }, 0]);
  }));

Deno.test("OwnFiles.answers() reads nothing outside of the project, links followed, but what is below WEFT_DATA", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["a path upward", "../outside/a.txt"],
    ["a path that is absent and outside", "../outside/none.txt"],
    ["a link to a file", "link.txt"],
    ["a folder that is a link", "linked"],
    ["a link in a folder", "data"],
  ];
  for (const [name, path] of cases) {
    await t.step(name, () =>
      inProject(async ({ folder, write, open }) => {
        write("../outside/a.txt", "12");
        Deno.symlinkSync(`${folder}/outside/a.txt`, `${folder}/project/link.txt`);
        Deno.symlinkSync(`${folder}/outside`, `${folder}/project/linked`);
        write("data/b.txt", "1");
        Deno.symlinkSync(`${folder}/outside/a.txt`, `${folder}/project/data/a.txt`);
        const { answer, reads } = await asked(open(), path);
        assertEquals([answer.state, reads], ["outside", 0]);
        const allowed = await asked(open({ WEFT_DATA: `${folder}/outside` }), path);
        assertEquals(allowed.answer.state, path.includes("none") ? "absent" : "known");
      }));
  }
});

Deno.test("OwnFiles.answers() tells what a reader found wrong, at the path that leads to the file", () =>
  inProject(async ({ write, open }) => {
    write("a.txt", "12");
    write("data/b.txt", "bad");
    const { answer } = await asked(open(), ["a.txt", "data"]);
    assertEquals(answer, { state: "bad", at: ["paths", 1], message: "it is bad", help: "mend it" });
  }));

Deno.test("OwnFiles.answers() keeps files apart of which one's name begins with the other's", () =>
  inProject(async ({ write, open }) => {
    write("a", "12");
    write("a.txt", "bad");
    const { answer } = await asked(open(), ["a", "a.txt"]);
    assertEquals(answer, { state: "bad", at: ["paths", 1], message: "it is bad", help: "mend it" });
  }));

Deno.test("OwnFiles.lookUp() refuses a file that changes while it is read", () =>
  inProject(async ({ write, open }) => {
    write("a.txt", "12");
    const files = open();
    const { answer } = await asked(files, "a.txt", "", () => write("a.txt", "changed"));
    assertEquals(answer.state, "bad");
  }));

interface TestProject {
  /** Around the project's. */
  readonly folder: string;
  /** @param path from the project's folder */
  readonly write: (path: string, text: string) => void;
  /** As another process would. */
  readonly open: (env?: Record<string, string>) => OwnFiles;
}

/** Asks for the lengths of files. */
async function asked(
  files: OwnFiles,
  paths: string | readonly string[],
  question = "",
  meanwhile: () => void = () => {},
): Promise<{ readonly answer: FileAnswer; readonly reads: number }> {
  let reads = 0;
  const read = (_question: unknown, places: Readonly<Record<string, string>>) => {
    reads += 1;
    const lengths = Object.values(places).flatMap(textsAt).map(({ path, text }) => {
      if (text === "bad") throw new FileError("it is bad", path, "mend it");
      return text.length;
    });
    meanwhile();
    return Promise.resolve({ lengths });
  };
  const request: FileRequest = {
    paths: [paths].flat().map((path, i) => ({ path, at: ["paths", i] })),
    question: { question },
  };
  const kind: AskingKind = {
    name: "lengths",
    version: 1,
    files: { request: () => request, load: () => Promise.resolve(read) },
  };
  const from = "pipeline.yaml";
  const known = files.answers(kind, request, from);
  if (known !== undefined) return { answer: withoutFiles(known), reads };
  assert(await files.lookUp());
  assert(!await files.lookUp());
  return { answer: withoutFiles(files.answers(kind, request, from)!), reads };
}

function textsAt(path: string): { path: string; text: string }[] {
  if (!Deno.statSync(path).isDirectory) return [{ path, text: Deno.readTextFileSync(path) }];
  return [...Deno.readDirSync(path)].flatMap(({ name }) => textsAt(`${path}/${name}`));
}

function withoutFiles(answer: FileAnswer): FileAnswer {
  return answer.state === "known" ? { state: "known", facts: answer.facts } as FileAnswer : answer;
}

function lengths(...lengths: number[]): FileAnswer {
  return { state: "known", facts: { lengths } } as unknown as FileAnswer;
}

/** A time at which no file has changed lately, as long as it lasts. */
function later(): Disposable {
  const { now } = Date;
  Date.now = () => now() + 10_000;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}

async function inProject(test: (project: TestProject) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const base = `${folder}/project`;
  try {
    await Deno.mkdir(base);
    await test({
      folder,
      write: (path, text) => {
        const full = `${base}/${path}`;
        Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
        Deno.writeTextFileSync(full, text);
      },
      open: (env = {}) => {
        const all: Record<string, string> = { WEFT_CACHE: `${folder}/cache`, ...env };
        return new OwnFiles({ base, folders: [base] }, { get: (name) => all[name] });
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
