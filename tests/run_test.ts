import { assert, assertEquals, assertMatch } from "@std/assert";
import { smallPipeline } from "./testing/small_pipeline.ts";
import { artifacts, childrenOf, ROOT, runPipeline, spawnWeft, weft } from "./testing/weft.ts";

const SMALL = `${smallPipeline({ models: 8, epochs: 2 })}\
  figure3: { kind: plot, analysis: weights, figure: weight-distribution }
`;

Deno.test("weft run trains what is missing, and nothing that is stored", async (t) => {
  const folder = await project(SMALL);

  await t.step("the first run trains all and writes figures and tables", async () => {
    const { summary } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models, { trained: 8, stored: 0, failed: 0 });
    for (
      const file of ["figures/figure1.svg", "figures/figure3.png", "tables/trained/members.csv", "run.json"]
    ) {
      assert((await Deno.stat(`${folder}/outputs/small/${file}`)).size > 500, file);
    }
  });

  await t.step("the second run has nothing to do, and starts no engine", async () => {
    const { events, summary } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models, { trained: 0, stored: 8, failed: 0 });
    assertEquals(summary.stages.ran, 0);
    assert(!events.some(({ type }) => type.startsWith("engine")), JSON.stringify(events));
  });

  await t.step("--force trains a stage anew, comes to the same, and so makes nothing else anew", async () => {
    const { summary, events } = await runPipeline("small.yaml", folder, "--force", "trained");
    assertEquals(summary.models, { trained: 8, stored: 0, failed: 0 });
    assertEquals(summary.stages.ran, 1);
    assertEquals(events.filter(({ type }) => type === "warning"), []);
    const again = await runPipeline("small.yaml", folder);
    assertEquals(again.summary.models, { trained: 0, stored: 8, failed: 0 });
    const wrong = await weft(["run", "small.yaml", "--force", "traned"], folder);
    assertEquals(wrong.code, 2);
    assertMatch(
      wrong.stderr,
      /Cannot force stage "traned": small has no such stage\n.*did you mean "trained"\?/,
    );
    const leftOut = await weft(["run", "small.yaml", "--only", "draw", "--force", "trained"], folder);
    assertEquals(leftOut.code, 2);
    assertMatch(leftOut.stderr, /Cannot force stage "trained": --only draw leaves it out/);
  });

  await t.step("names, order, comments and defaults written out train nothing", async () => {
    await write(
      folder,
      SMALL.replaceAll("trained", "models").replace("weft: 1", "weft: 1 # a comment")
        .replace("activation: relu }", "kind: mlp, activation: relu }").replace(
          "{ kind: mlp, depth",
          "{ depth",
        )
        .replace("scheme: he_normal", "scheme: he_normal, scale: 1").replace(
          "count: 8",
          "count: 8, replicates: 1",
        ),
    );
    const { summary } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models, { trained: 0, stored: 8, failed: 0 });
  });

  await t.step("a larger count trains the difference", async () => {
    await write(folder, SMALL.replace("count: 8", "count: 10"));
    const { summary } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models, { trained: 2, stored: 8, failed: 0 });
  });

  await t.step("another rule of grouping trains nothing, and measures nothing anew", async () => {
    await write(
      folder,
      SMALL.replace("rule: tertiles", "rule: { thresholds: [0.85], labels: [poor, good] }"),
    );
    const { summary, events } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models.trained, 0);
    assert(summary.stages.ran > 0, JSON.stringify(summary));
    assert(!events.some(({ type }) => type.startsWith("engine")), JSON.stringify(events));
  });

  await t.step("a figure that was deleted or edited by hand is there again", async () => {
    await Deno.remove(`${folder}/outputs/small/figures/figure2.png`);
    await Deno.writeTextFile(`${folder}/outputs/small/figures/figure1.vl.json`, "{}");
    const { summary } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models.trained, 0);
    assert((await Deno.stat(`${folder}/outputs/small/figures/figure2.png`)).size > 500);
    assert((await Deno.stat(`${folder}/outputs/small/figures/figure1.vl.json`)).size > 500);
  });

  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft run leaves the same bytes alone or beside others, interrupted, or with its engine killed", async (t) => {
  const reference = await project(SMALL);
  await runPipeline("small.yaml", reference, "--concurrency", "1");
  const expected = await artifacts(`${reference}/outputs/small`);

  await t.step("two models at a time", async () => {
    const folder = await project(SMALL);
    await runPipeline("small.yaml", folder, "--concurrency", "2");
    assertSame(await artifacts(`${folder}/outputs/small`), expected);
    await Deno.remove(folder, { recursive: true });
  });

  await t.step("Ctrl-C after the second model, then a rerun", async () => {
    const folder = await project(SMALL);
    const child = spawnWeft(["run", "small.yaml", "--format", "ndjson", "--concurrency", "1"], folder);
    await untilModels(child, 2);
    child.kill("SIGINT");
    assertEquals((await child.status).code, 130);
    const left = JSON.parse(await Deno.readTextFile(`${folder}/outputs/small/last-run.json`));
    assertEquals([left.file, left.ok, left.ended], ["../small.yaml", false, "interrupted"]);
    assertEquals(Object.keys(left.stages), ["digits", "mlps", "draw"]);
    await Deno.copyFile(`${folder}/small.yaml`, `${folder}/other.yaml`);
    const other = await weft(["run", "other.yaml"], folder);
    assertMatch(other.stderr, /Cannot run "other\.yaml" as "small": .* holds the results of "small\.yaml"/);
    const { summary } = await runPipeline("small.yaml", folder);
    assert(summary.models.stored >= 2 && summary.models.trained > 0, JSON.stringify(summary));
    assertSame(await artifacts(`${folder}/outputs/small`), expected);
    await Deno.remove(folder, { recursive: true });
  });

  await t.step({
    name: "the engine process killed after the first model",
    ignore: Deno.build.os !== "linux", // children are found in /proc
    fn: async () => {
      const folder = await project(SMALL);
      const child = spawnWeft(["run", "small.yaml", "--format", "ndjson", "--concurrency", "2"], folder);
      const { all } = await untilModels(child, 1);
      for (const engine of await childrenOf(child.pid)) Deno.kill(engine, "SIGKILL");
      const events = (await all).trim().split("\n").map((line) => JSON.parse(line));
      assertEquals((await child.status).code, 0);
      assertEquals(events.at(-1).models, { trained: 8, stored: 0, failed: 0 });
      assertSame(await artifacts(`${folder}/outputs/small`), expected);
      await Deno.remove(folder, { recursive: true });
    },
  });

  await Deno.remove(reference, { recursive: true });
});

Deno.test("weft validate and weft run point at a mistake, and run nothing", async () => {
  const folder = await project(SMALL.replace("sample: draw", "sample: drow"));
  const { code, stderr } = await weft(["run", "small.yaml"], folder);
  assertEquals(code, 2);
  assertMatch(stderr, /small\.yaml:12:35/);
  assertMatch(stderr, /did you mean "draw"\?/);
  const validated = await weft(["validate", "small.yaml", "--format", "json"], folder);
  assertEquals(validated.code, 2);
  assertEquals(JSON.parse(validated.stdout).diagnostics.length, 1);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("pipelines/quickstart.yaml runs, has nothing to do the second time, and trains 6 more for 30", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/quickstart.yaml`;
  const yaml = await Deno.readTextFile(`${ROOT}pipelines/quickstart.yaml`);
  await Deno.writeTextFile(file, yaml);
  const first = await runPipeline(file, folder);
  assertEquals(first.summary.models, { trained: 24, stored: 0, failed: 0 });
  const second = await runPipeline(file, folder);
  assertEquals(second.summary.models, { trained: 0, stored: 24, failed: 0 });
  assertEquals(second.summary.stages.ran, 0);
  const labels = await Deno.readTextFile(`${folder}/outputs/quickstart/tables/quality/labels.csv`);
  for (const group of ["low", "mid", "high", "non"]) assertMatch(labels, new RegExp(`,${group},`));
  assertMatch(yaml, /count: 24/);
  await Deno.writeTextFile(file, yaml.replace("count: 24", "count: 30"));
  const third = await runPipeline(file, folder);
  assertEquals(third.summary.models, { trained: 6, stored: 24, failed: 0 });
  await Deno.remove(folder, { recursive: true });
});

async function project(yaml: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  await write(folder, yaml);
  return folder;
}

async function write(folder: string, yaml: string): Promise<void> {
  await Deno.writeTextFile(`${folder}/small.yaml`, yaml.trimStart());
}

/** Resolves when as many models have been trained; `all` is a promise of all that the process prints. */
async function untilModels(
  child: Deno.ChildProcess,
  count: number,
): Promise<{ readonly all: Promise<string> }> {
  const reached = Promise.withResolvers<void>();
  const all = (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const finished = text.split("\n").filter((line) =>
        line.startsWith('{"type":"item-finished","stage":"trained"')
      );
      if (finished.length >= count) reached.resolve();
    }
    reached.reject(new Error(`the run ended early: ${text.slice(-2000)}`));
    return text;
  })();
  await reached.promise;
  return { all };
}

function assertSame(actual: Map<string, string>, expected: Map<string, string>): void {
  assertEquals([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [file, content] of expected) assert(actual.get(file) === content, `${file} differs`);
}
