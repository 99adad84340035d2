import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMANDS } from "./commands.ts";
import { weft, weftIn } from "./testing/weft.ts";

const MAIN = new URL("main.ts", import.meta.url).pathname;

Deno.test("weft help lists the commands, and weft help COMMAND its options with examples", async () => {
  const overview = await weft("help");
  assertEquals([overview.code, overview.stderr], [0, ""]);
  for (const { name: command } of COMMANDS) {
    assertMatch(overview.stdout, new RegExp(`^ {2}${command} {2}`, "m"));
    const help = await weft("help", command);
    assertMatch(help.stdout, new RegExp(`Usage: weft ${command}.*Examples:\n {2}weft ${command}`, "s"));
    assertEquals((await weft(command, "--help")).stdout, help.stdout);
  }
});

Deno.test("weft without a command shows the overview as an error", async () => {
  const { code, stdout, stderr } = await weft();
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /Commands:/);
});

Deno.test("weft --version tells its version", async () => {
  assertMatch((await weft("--version")).stdout, /^weft \d+\.\d+\.\d+ \(deno \d/);
});

Deno.test("weft names the nearest command, option and stage, and exits with 2", async () => {
  const cases: [string[], string, string][] = [
    [["plna"], 'Cannot run command "plna": weft has no such command', 'did you mean "plan"?'],
    [["plan", "x.yaml", "--outpust", "a"], 'Cannot read option "--outpust"', 'did you mean "--outputs"?'],
    [["run", "x.yaml", "--concurrency", "0"], 'Cannot read --concurrency "0"', ""],
    [["help", "run", "extra"], 'Cannot read argument "extra"', '"weft help" lists the commands'],
  ];
  for (const [args, message, help] of cases) {
    const { code, stdout, stderr } = await weft(...args);
    assertEquals([code, stdout], [2, ""]);
    assert(stderr.includes(`error: ${message}`) && stderr.includes(help), stderr);
  }
});

Deno.test("weft validate tells an absent file, as text and as JSON", async () => {
  const text = await weft("validate", "absent.yaml");
  assertEquals(text.code, 2);
  assertMatch(
    text.stderr,
    /error\[unreadable-file\]: Cannot read pipeline "absent\.yaml": there is no such file/,
  );
  const json = await weft("validate", "--format", "json", "absent.yaml");
  assertEquals(json.code, 2);
  const message = 'Cannot read pipeline "absent.yaml": there is no such file';
  assertEquals(JSON.parse(json.stdout), {
    ok: false,
    diagnostics: [{ severity: "error", code: "unreadable-file", message, path: "absent.yaml", related: [] }],
  });
});

Deno.test("weft resolves files against the folder of the user, not that of the checkout", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/wrong.yaml`, "weft: 1\nstages: {}\nstaegs: {}\n");
  const { code, stderr } = await weftIn({ folder }, "validate", "wrong.yaml");
  assertEquals(code, 2);
  assertMatch(stderr, /--> wrong\.yaml:3:1/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft ends quietly when its reader goes away", async () => {
  const command = new Deno.Command("sh", {
    args: ["-c", `"$0" run -A "$1" help | true; echo $?`, Deno.execPath(), MAIN],
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr } = await command.output();
  assertEquals([new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)], ["0\n", ""]);
});

Deno.test("weft plan and weft run --only need no engine, and weft run says how to install it", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/tiny.yaml`, TINY);
  const env = { INIT_CWD: folder, WEFT_CACHE: `${folder}/cache`, WEFT_LIBTENSORFLOW: "" };
  const plan = JSON.parse((await weftIn({ env }, "plan", "tiny.yaml", "--format", "json")).stdout);
  assertEquals(plan.totals, { models: { stored: 0, train: 2, unknown: 0 }, seconds: null });
  const statuses = plan.stages.map(({ name, status }: { name: string; status: string }) => [name, status]);
  assertEquals(statuses.slice(2), [["draw", "stored"], ["trained", "run"], ["quality", "maybe"]]);
  const only = await weftIn({ env }, "run", "tiny.yaml", "--only", "draw", "--format", "ndjson");
  const last = JSON.parse(only.stdout.trim().split("\n").at(-1)!);
  assertEquals([only.code, last.type, last.stages], [0, "finished", {
    ran: 0,
    stored: 3,
    failed: 0,
    skipped: 0,
  }]);
  const run = await weftIn({ env }, "run", "tiny.yaml");
  assertEquals(run.code, 1);
  assertMatch(run.stderr, /Cannot find libtensorflow.*help: run weft setup/s);
  const wrong = await weftIn({ env }, "run", "tiny.yaml", "--only", "drow");
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /Cannot choose stage "drow": tiny has no such stage.*did you mean "draw"/s);
  await Deno.remove(folder, { recursive: true });
});

const TINY = `
weft: 1
stages:
  images: { kind: dataset, source: mnist-10k }
  mlps:
    kind: family
    dataset: images
    architecture: { kind: mlp, depth: 1, width: 5, activation: relu }
    init: { scheme: he_normal }
    training: { optimizer: { name: adam, learning_rate: 0.001 }, batch_size: 64 }
  draw: { kind: sampling, family: mlps, method: random, count: 2, seed: 7 }
  trained: { kind: train, sample: draw, epochs: 1 }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
`;
