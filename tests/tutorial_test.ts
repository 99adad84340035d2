import { assert, assertEquals } from "@std/assert";
import { looksLike, type Step, stepsOf } from "./testing/tutorial.ts";
import { ROOT } from "./testing/weft.ts";

Deno.test("docs/tutorial.md does what it says, command by command", async (t) => {
  const steps = stepsOf(await Deno.readTextFile(`${ROOT}docs/tutorial.md`));
  assert(steps.filter(({ type }) => type === "command").length > 8);
  const folder = await Deno.makeTempDir();
  for (const [i, step] of steps.entries()) {
    const passed = await t.step(`${i + 1}: ${titleOf(step)}`, async () => await take(step, folder));
    if (!passed) break; // later steps build on it
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("looksLike() tells other output from the same with other durations or lines left out", () => {
  assert(looksLike("a 1.5 s\nb\nc\n", "a 12 s\n...\nc\n"));
  assert(looksLike("trained 8 in 0:12\n", "trained 8 in 1:40\n"));
  assert(!looksLike("a\nb\n", "a\n"));
  assert(!looksLike("x.yaml:3:13\n", "x.yaml:4:13\n"));
});

async function take(step: Step, folder: string): Promise<void> {
  switch (step.type) {
    case "file":
      return await Deno.writeTextFile(`${folder}/${step.name}`, step.text);
    case "edit": {
      const text = await Deno.readTextFile(`${folder}/${step.name}`);
      assertEquals(text.split(step.before).length, 2, `${step.name} holds this once:\n${step.before}`);
      return await Deno.writeTextFile(`${folder}/${step.name}`, text.replace(step.before, () => step.after));
    }
    case "command": {
      const printed = await shell(step.command, folder);
      assert(looksLike(printed, step.output), `It printed:\n${printed}\nThe page shows:\n${step.output}`);
    }
  }
}

/** Runs a line as a user's shell does, where `weft` is the command of this checkout. @returns What it prints */
async function shell(command: string, cwd: string): Promise<string> {
  const weft =
    `weft() { INIT_CWD="$PWD" "${Deno.execPath()}" task --quiet --config "${ROOT}deno.json" weft "$@"; }`;
  const { stdout } = await new Deno.Command("bash", {
    args: ["-c", `${weft}\n{ ${command}\n} 2>&1`],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}

function titleOf(step: Step): string {
  return step.type === "command" ? step.command : `${step.type} ${step.name}`;
}
