import { assert, assertEquals, assertMatch } from "@std/assert";
import { runPipeline, weft } from "./testing/weft.ts";

const SMALL = `
weft: 1
name: small
params: { models: 3 }
matrix: { optimizer: [{ name: adam, rate: 0.003 }, { name: sgd, rate: 0.05 }] }
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: 1, width: { choice: [5, 10] }, activation: relu }
    init: { scheme: he_normal }
    training:
      optimizer: { name: "\${{ matrix.optimizer.name }}", learning_rate: "\${{ matrix.optimizer.rate }}" }
      batch_size: 64
  draw: { kind: sampling, family: mlps, method: random, count: "\${{ params.models }}", seed: 1 }
  trained: { kind: train, sample: draw, epochs: 1 }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
  figure: { kind: plot, population: trained, groups: quality, gather: [optimizer], figure: convergence }
`;

Deno.test("weft plan says what a run would do and why, and the run does that", async (t) => {
  const folder = await Deno.makeTempDir();
  const write = (yaml: string) => Deno.writeTextFile(`${folder}/small.yaml`, yaml.trimStart());
  const plan = async (...args: string[]) => {
    const { code, stdout, stderr } = await weft(["plan", "small.yaml", ...args], folder);
    assertEquals([code, stderr], [0, ""]);
    return stdout.split("\n");
  };
  await write(SMALL);

  await t.step("a pipeline that never ran", async () => {
    assertEquals(await plan("--set", "models=2"), [
      "stage        kind      status    stored  to train",
      "digits       dataset   stored",
      "mlps × 2     family    stored",
      "draw × 2     sampling  stored",
      "trained × 2  train     will run       0         4",
      "    never run",
      "quality × 2  group     will run",
      "    never run; waits for trained",
      "figure       plot      will run",
      "    never run; waits for trained (2 instances), quality (2 instances)",
      "",
      "small: 6 stages in 10 instances, 5 stored; 4 models, 0 stored, 4 to train",
      "",
    ]);
    const { summary } = await runPipeline("small.yaml", folder, "--set", "models=2");
    assertEquals(summary.models, { trained: 4, stored: 0, failed: 0 });
    const stored = await plan("--set", "models=2");
    assertEquals(stored.filter((line) => / will run| runs if/.test(line)), []);
  });

  await t.step("a param with another value", async () => {
    const lines = await plan();
    assertEquals(lines.slice(4, 11), [
      "trained × 2  train     will run              4         2",
      '    sampling "draw" changed: count 2 → 3 (small.yaml:15:64, from small.yaml:3:19)',
      "    2 of 6 models are not stored",
      "quality × 2  group     runs if changed",
      "    waits for trained",
      "figure       plot      runs if changed",
      "    waits for trained (2 instances), quality (2 instances)",
    ]);
    await Deno.writeTextFile(`${folder}/more.yaml`, "# more\nmodels: 3\n");
    const given = await plan("--params", "more.yaml", "--only", "trained/optimizer=sgd");
    assertEquals(given.slice(1, 7), [
      "digits                 dataset   stored",
      "mlps/optimizer=sgd     family    stored",
      "draw/optimizer=sgd     sampling  stored",
      "trained/optimizer=sgd  train     will run       2         1",
      '    sampling "draw/optimizer=sgd" changed: count 2 → 3 (small.yaml:15:64, from more.yaml:2:9)',
      "    1 of 3 models is not stored",
    ]);
    const { summary } = await runPipeline("small.yaml", folder);
    assertEquals(summary.models, { trained: 2, stored: 4, failed: 0 });
  });

  await t.step("settings of a family, of training and of grouping", async () => {
    const text = SMALL.replace("[5, 10]", "[5, 10, 20]").replace("rate: 0.05", "rate: 0.1").replace(
      "epochs: 1",
      "epochs: 2",
    ).replace("rule: tertiles", "rule: { thresholds: [0.5], labels: [poor, good] }");
    await write(text);
    const { code, stdout } = await weft(["plan", "small.yaml", "--format", "json"], folder);
    assertEquals(code, 0);
    const { stages } = JSON.parse(stdout);
    const why = (name: string) => stages.find((stage: { name: string }) => stage.name === name).why;
    const at = (line: number, column: number) => ({ path: "small.yaml", line, column });
    assertEquals(why("trained/optimizer=sgd"), [
      {
        reason: "setting",
        message: "epochs 1 → 2",
        setting: "epochs",
        before: 1,
        after: 2,
        at: at(16, 49),
      },
      {
        reason: "input",
        message: 'family "mlps/optimizer=sgd" changed: architecture.width.choice [5, 10] → [5, 10, 20]',
        instance: "mlps/optimizer=sgd",
        setting: "architecture.width.choice",
        before: [5, 10],
        after: [5, 10, 20],
        at: at(10, 59),
      },
      {
        reason: "input",
        message: 'family "mlps/optimizer=sgd" changed: training.optimizer.learning_rate 0.05 → 0.1',
        instance: "mlps/optimizer=sgd",
        setting: "training.optimizer.learning_rate",
        before: 0.05,
        after: 0.1,
        at: at(13, 73),
        from: at(4, 71),
      },
    ]);
    assertEquals(why("quality/optimizer=adam").map(({ message }: { message: string }) => message), [
      "rule tertiles → { thresholds: [0.5], labels: [poor, good] }",
      'waits for "trained/optimizer=adam"',
    ]);
    await write(SMALL);
  });

  await t.step("results that are gone, and a record that was edited", async () => {
    assertMatch((await plan()).at(-2)!, /^small: 6 stages in 10 instances, 10 stored; 6 models, 6 stored/);
    await Deno.rename(`${folder}/outputs/store`, `${folder}/outputs/away`);
    const gone = await plan();
    assertEquals(gone.slice(4, 7), [
      "trained × 2  train     will run              0         6",
      "    its results are no longer stored",
      "quality × 2  group     runs if changed",
    ]);
    await Deno.rename(`${folder}/outputs/away`, `${folder}/outputs/store`);
    const path = `${folder}/outputs/small/run.json`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"epochs": 1', '"epochs": 7'));
    const { stdout, stderr } = await weft(["plan", "small.yaml", "--set", "models=4"], folder);
    assertMatch(
      stderr,
      /^warning: Cannot compare with the last run: ".*run\.json" is damaged, edited or of another/,
    );
    assertMatch(stdout, /^trained × 2 .*\n {4}no earlier run is recorded; 2 of 8 models are not stored$/m);
    await runPipeline("small.yaml", folder);
    assertEquals(await Deno.readTextFile(path), text);
  });

  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft plan and weft run point at a wrong override, and tell warnings once", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    `${folder}/small.yaml`,
    SMALL.trimStart().replace("params: {", "params: { unused: 1,"),
  );
  for (const command of ["plan", "run"]) {
    const wrong = await weft([command, "small.yaml", "--set", "modles=3"], folder);
    assertEquals(wrong.code, 2);
    assertMatch(
      wrong.stderr,
      /error\[unknown-param\].*"modles"[^]*--> --set modles[^]*did you mean "models"\?/,
    );
    await Deno.writeTextFile(`${folder}/more.yaml`, "models: many\n");
    const mistyped = await weft([command, "small.yaml", "--params", "more.yaml"], folder);
    assertEquals(mistyped.code, 2);
    assertMatch(mistyped.stderr, /error\[bad-param\][^]*--> more\.yaml:1:9/);
    const unknown = await weft([command, "small.yaml", "--only", "trained/optimizer=adm"], folder);
    assertEquals(unknown.code, 2);
    assertMatch(
      unknown.stderr,
      /stage "trained" has no instance with optimizer=adm\n.*did you mean "adam"\?/,
    );
    const warned = await weft([command, "small.yaml", "--only", "draw"], folder);
    assertEquals(warned.code, 0);
    assertEquals(warned.stderr.split('Param "unused" is not used').length, 2, warned.stderr);
  }
  assert(!(await weft(["plan", "small.yaml", "--only", "draw"], folder)).stdout.includes("trained"));
  await Deno.remove(folder, { recursive: true });
});
