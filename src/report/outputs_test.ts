import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "../core/diagnostic.ts";
import { sha256 } from "../core/digest.ts";
import { canonicalJson } from "../core/json.ts";
import type { ArtifactType, ObjectReader } from "../core/stage_kind.ts";
import { readLastRun } from "./last_run.ts";
import {
  claimFolder,
  type FinishedStage,
  type Outputs,
  outputsCurrent,
  picturesOf,
  runText,
  writeOutputs,
} from "./outputs.ts";
import { OutputFolder } from "./output_folder.ts";
import { figurePath, isOutputPath, tablePath } from "./paths.ts";

interface Picture {
  readonly svg: string;
}

const contents = new Map<string, Uint8Array>();
// deno-lint-ignore require-await -- the store's own is asynchronous
const objects: ObjectReader = { get: async (digest) => contents.get(digest)! };

const pictureArtifact: ArtifactType<Picture> = {
  name: "picture",
  files: ({ svg }) => {
    const bytes = new TextEncoder().encode(svg);
    contents.set(sha256(bytes), bytes);
    return { svg: sha256(bytes) };
  },
};

const numbersArtifact: ArtifactType<readonly number[]> = {
  name: "numbers",
  tables: (numbers) => ({
    all: () =>
      Promise.resolve({
        columns: [{ name: "n", type: "quantitative", description: "" }],
        rows: numbers.map((n) => [n]),
      }),
  }),
};

const nothingArtifact: ArtifactType<null> = { name: "nothing" };

const picture = (instance: string, svg: string) => stage(instance, pictureArtifact, { svg });
const numbers = (instance: string, values: number[]) => stage(instance, numbersArtifact, values);

function stage<Value>(instance: string, artifact: ArtifactType<Value>, value: Value): FinishedStage {
  return { instance, artifact, value: () => Promise.resolve(value), digest: sha256(canonicalJson(value)) };
}

const three = [
  stage("data", nothingArtifact, null),
  numbers("weights", [1, 2]),
  picture("figure1/data=mnist", "<svg/>"),
];

Deno.test("writeOutputs() writes figures, tables and run.json, and finds nothing to do the second time", async () => {
  await inFolder(async (folder) => {
    const outputs = {
      folder,
      instances: three.map(({ instance }) => instance),
      run: runText({ b: 1, a: [2] }),
    };
    assert(!isCurrent(outputs, three));
    const { written, removed } = await writeOutputs(outputs, three, objects);
    assertEquals(written, [
      "run.json",
      "tables/weights/all.json",
      "tables/weights/all.csv",
      "figures/figure1/data=mnist.svg",
    ]);
    assertEquals(removed, []);
    assertEquals(read(folder, "run.json"), '{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n');
    assertEquals(read(folder, "tables/weights/all.json"), '[\n{"n":1},\n{"n":2}\n]\n');
    assertEquals(read(folder, "tables/weights/all.csv"), "n\r\n1\r\n2\r\n");
    assertEquals(read(folder, "figures/figure1/data=mnist.svg"), "<svg/>");
    assert(isCurrent(outputs, three));
    const before = mtimes(folder, written);
    assertEquals(await writeOutputs(outputs, three, objects), { written: [], removed: [] });
    assertEquals(mtimes(folder, written), before);
  });
});

Deno.test("writeOutputs() keeps whose results they are, and outputsCurrent() sees another file", async () => {
  await inFolder(async (folder) => {
    const outputs = { folder, instances: three.map(({ instance }) => instance), run: runText({}) };
    await writeOutputs({ ...outputs, file: "../a.yaml" }, three, objects);
    await writeOutputs(outputs, three, objects); // of standard input
    assertEquals(readLastRun(folder).file, "../a.yaml");
    assert(isCurrent(outputs, three) && isCurrent({ ...outputs, file: "../a.yaml" }, three));
    assert(!isCurrent({ ...outputs, file: "../b.yaml" }, three));
  });
});

Deno.test("outputsCurrent() reads no figure and no table", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const path = `${folder}/figures/figure1/data=mnist.svg`;
    const { mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(path, "<gvs/>"); // as long, and dated back: only its content tells
    Deno.utimeSync(path, mtime!, mtime!);
    assert(isCurrent(outputs, three));
  });
});

Deno.test("OutputFolder.looksAsWritten() says no of what it cannot look at", () => {
  const written = { size: 0, mtime: 0, digest: sha256("") };
  assert(!new OutputFolder("/").looksAsWritten("too long".repeat(1000), written));
});

Deno.test("outputsCurrent() sees another result, another run.json, a stage more and a stage less", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const [data, , figure] = three;
    assert(!isCurrent(outputs, [data!, numbers("weights", [1, 3]), figure!]));
    assert(!isCurrent({ ...outputs, run: runText({ other: true }) }, three));
    assert(!isCurrent(outputs, [...three, numbers("more", [])]));
    assert(!isCurrent({ ...outputs, instances: outputs.instances.slice(1) }, three.slice(1)));
    assert(isCurrent(outputs, three.slice(1)), "asked for these two alone");
  });
});

Deno.test("writeOutputs() restores files that were deleted or edited by hand", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    Deno.removeSync(`${folder}/tables/weights/all.csv`);
    assert(!isCurrent(outputs, three));
    assertEquals((await writeOutputs(outputs, three, objects)).written, ["tables/weights/all.csv"]);
    Deno.writeTextFileSync(`${folder}/figures/figure1/data=mnist.svg`, "<svg>mine</svg>");
    assert(!isCurrent(outputs, three));
    assertEquals((await writeOutputs(outputs, three, objects)).written, ["figures/figure1/data=mnist.svg"]);
    assertEquals(read(folder, "figures/figure1/data=mnist.svg"), "<svg/>");
    assert(isCurrent(outputs, three));
  });
});

Deno.test("writeOutputs() writes only the files whose content differs", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const [data, , figure] = three;
    const changed = [data!, numbers("weights", [1, 3]), figure!];
    const { written: paths } = await writeOutputs(outputs, changed, objects);
    assertEquals(paths, ["tables/weights/all.json", "tables/weights/all.csv"]);
  });
});

Deno.test("writeOutputs() writes nothing anew where the record of the last run is lost or damaged", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    for (const damage of ["", "{", "[]", '{"files": [{"path": 1}, null]}']) {
      Deno.writeTextFileSync(`${folder}/last-run.json`, damage);
      assert(!isCurrent(outputs, three));
      assertEquals(await writeOutputs(outputs, three, objects), { written: [], removed: [] });
      assert(isCurrent(outputs, three));
    }
  });
});

Deno.test("writeOutputs() removes the files of a stage that is gone, and folders that this empties", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const { removed } = await writeOutputs({ ...outputs, instances: ["data"] }, three.slice(0, 1), objects);
    assertEquals(removed, [
      "tables/weights/all.json",
      "tables/weights/all.csv",
      "figures/figure1/data=mnist.svg",
    ]);
    assertEquals(names(folder), ["last-run.json", "run.json"]);
  });
});

Deno.test("writeOutputs() keeps a user's own file, and one of its own that was edited before its stage went", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    Deno.writeTextFileSync(`${folder}/figures/figure1/notes.txt`, "mine");
    Deno.writeTextFileSync(`${folder}/tables/weights/all.csv`, "n\r\n7\r\n");
    const { removed } = await writeOutputs({ ...outputs, instances: ["data"] }, three.slice(0, 1), objects);
    assertEquals(removed, ["tables/weights/all.json", "figures/figure1/data=mnist.svg"]);
    assertEquals(read(folder, "figures/figure1/notes.txt"), "mine");
    assertEquals(read(folder, "tables/weights/all.csv"), "n\r\n7\r\n");
  });
});

Deno.test("writeOutputs() keeps the files of a stage that is still there but did not finish", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const partial = [three[0]!, numbers("weights", [5])];
    assertEquals((await writeOutputs(outputs, partial, objects)).removed, []);
    assertEquals(read(folder, "figures/figure1/data=mnist.svg"), "<svg/>");
    assert(isCurrent(outputs, partial) && !isCurrent(outputs, three));
    const { removed } = await writeOutputs({ ...outputs, instances: ["data", "weights"] }, partial, objects);
    assertEquals(removed, ["figures/figure1/data=mnist.svg"]);
  });
});

Deno.test("writeOutputs() removes a table that a stage no longer makes", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const now = [three[0]!, stage("weights", nothingArtifact, null), three[2]!];
    const { removed } = await writeOutputs(outputs, now, objects);
    assertEquals(removed, ["tables/weights/all.json", "tables/weights/all.csv"]);
  });
});

Deno.test("writeOutputs() touches nothing outside of the folder, whatever last-run.json and links say", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const outside = `${folder}-outside`;
    Deno.mkdirSync(outside);
    try {
      Deno.writeTextFileSync(`${outside}/all.svg`, "mine");
      const { size, mtime } = Deno.statSync(`${outside}/all.svg`);
      const entry = (path: string) => ({
        path,
        stage: "gone",
        size,
        mtime: mtime!.getTime(),
        digest: sha256("mine"),
      });
      const name = outside.slice(outside.lastIndexOf("/") + 1);
      const files = [
        entry(`../${name}/all.svg`),
        entry(`figures/../../${name}/all.svg`),
        entry(`${outside}/all.svg`),
      ];
      Deno.writeTextFileSync(`${folder}/last-run.json`, JSON.stringify({ format: 1, stages: {}, files }));
      assertEquals(await writeOutputs(outputs, three, objects), { written: [], removed: [] });
      Deno.symlinkSync(outside, `${folder}/figures/linked`);
      const linked = [...three, picture("linked/data=x", "<svg/>")];
      await assertRejects(
        () => writeOutputs(outputs, linked, objects),
        UserError,
        "a link leads out of the folder",
      );
      assertEquals(names(outside), ["all.svg"]);
    } finally {
      Deno.removeSync(outside, { recursive: true });
    }
  });
});

Deno.test("writeOutputs() names the path that a file stands in the way of, and leaves nothing half-written", async () => {
  await inFolder(async (folder) => {
    Deno.writeTextFileSync(`${folder}/figures`, "mine");
    const error = await assertRejects(() => written(folder, three), UserError);
    assertEquals(
      error.message,
      `Cannot write "${folder}/figures/figure1/data=mnist.svg": ` +
        "a file stands where a folder is needed, or a folder where a file is",
    );
    assertEquals(names(folder), ["figures", "run.json", "tables"]);
  });
});

Deno.test("writeOutputs() puts a file in the place of a link to itself", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const path = `${folder}/run.json`;
    Deno.removeSync(path);
    Deno.symlinkSync(path, path);
    assert(!isCurrent(outputs, three));
    await writeOutputs(outputs, three, objects);
    assert(isCurrent(outputs, three));
  });
});

Deno.test("writeOutputs() writes into last-run.json what it is told about the run", async () => {
  await inFolder(async (folder) => {
    const outputs = { folder, instances: ["weights"], run: runText(null), about: { seconds: 1.5 } };
    await writeOutputs(outputs, [numbers("weights", [1])], objects);
    const lastRun = JSON.parse(read(folder, "last-run.json"));
    assertEquals(lastRun.seconds, 1.5);
    assertEquals(Object.keys(lastRun), ["seconds", "format", "stages", "files"]);
    assert(isCurrent(outputs, [numbers("weights", [1])]));
  });
});

Deno.test("outputsCurrent() does not take what a run left that failed, or was interrupted", async () => {
  await inFolder(async (folder) => {
    const outputs = { folder, instances: ["weights"], run: runText(null), about: { ok: false } };
    const weights = [numbers("weights", [1])];
    await writeOutputs(outputs, weights, objects);
    assert(!isCurrent(outputs, weights));
    await writeOutputs({ ...outputs, about: { ok: true } }, weights, objects);
    assert(isCurrent(outputs, weights));
  });
});

Deno.test("writeOutputs() removes what a process left that was killed while it wrote", async () => {
  await inFolder(async (folder) => {
    const outputs = await written(folder, three);
    const before = names(folder);
    Deno.writeTextFileSync(`${folder}/.lock`, "");
    assert(!isCurrent(outputs, three));
    Deno.mkdirSync(`${folder}/.unfinished`);
    Deno.writeTextFileSync(`${folder}/.unfinished/file`, "<sv");
    assert(!isCurrent(outputs, three));
    assertEquals(await writeOutputs(outputs, three, objects), { written: [], removed: [] });
    assertEquals(names(folder), before);
    assert(isCurrent(outputs, three));
  });
});

Deno.test("writeOutputs() of two runs at once writes each file once", async () => {
  await inFolder(async (folder) => {
    const outputs = { folder, instances: three.map(({ instance }) => instance), run: runText({}) };
    const changes = await Promise.all([1, 2].map(() => writeOutputs(outputs, three, objects)));
    assertEquals(changes.map(({ written }) => written.length).sort(), [0, 4]);
  });
});

Deno.test("claimFolder() notes whose folder it is before any result is there, and keeps what is noted of results", async () => {
  await inFolder(async (folder) => {
    await claimFolder(`${folder}/new`, "../a.yaml", { ok: false });
    const { file, hasFailed, files } = readLastRun(`${folder}/new`);
    assertEquals({ file, hasFailed, files }, { file: "../a.yaml", hasFailed: true, files: [] });
    const outputs = await written(folder, three);
    await claimFolder(folder, "../b.yaml", {});
    assertEquals(readLastRun(folder).file, "../b.yaml");
    assert(isCurrent({ ...outputs, file: "../b.yaml" }, three));
  });
});

Deno.test("picturesOf() names the pictures of the stages that have one", async () => {
  await inFolder(async (folder) => {
    await written(folder, three);
    const last = readLastRun(folder);
    assertEquals(picturesOf(last, ["figure1/data=mnist", "weights"]), ["figures/figure1/data=mnist.svg"]);
    assertEquals(picturesOf(last, ["weights"]), []);
  });
});

Deno.test("figurePath() and tablePath() refuse names that could lead elsewhere", () => {
  assertEquals(
    figurePath("dnn.figure1/data=mnist,lr=0.1", "vl.json"),
    "figures/dnn.figure1/data=mnist,lr=0.1.vl.json",
  );
  assertEquals(tablePath("weights", "statistics", "csv"), "tables/weights/statistics.csv");
  for (const name of ["", "..", "../a", "a/../b", "/a", "a/", "a//b", ".a", "a\\b", "a\0", "a b"]) {
    assertThrows(() => figurePath(name, "svg"), Error, "cannot be part of a path");
    assertThrows(() => tablePath("a", name, "csv"), Error, "cannot be part of a path");
    assert(!isOutputPath(`figures/${name}`));
  }
});

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    await test(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function written(folder: string, stages: readonly FinishedStage[]): Promise<Outputs> {
  const outputs = { folder, instances: stages.map(({ instance }) => instance), run: runText({ version: 1 }) };
  await writeOutputs(outputs, stages, objects);
  return outputs;
}

function isCurrent(outputs: Outputs, stages: readonly FinishedStage[]): boolean {
  return outputsCurrent(readLastRun(outputs.folder), outputs, sha256(outputs.run), stages);
}

function read(folder: string, path: string): string {
  return Deno.readTextFileSync(`${folder}/${path}`);
}

function mtimes(folder: string, paths: readonly string[]): (number | undefined)[] {
  return paths.map((path) => Deno.statSync(`${folder}/${path}`).mtime?.getTime());
}

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
