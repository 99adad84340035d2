/**
 * Every check of the project, in order of what fails fastest; `--quick` leaves out what is in tests/.
 * The last line is `N passed, N failed`: tests, and one for each of the other checks.
 */
const quick = Deno.args.includes("--quick");
const deno = Deno.execPath();
const junit = await Deno.makeTempFile({ suffix: ".xml" });

const counts = { passed: 0, failed: 0 };
const tests = quick ? ["src", "schemas", "tests/architecture_test.ts"] : ["src", "schemas", "tests"];

await check("format", ["fmt", "--check", "--quiet"]);
await check("lint", ["lint", "--quiet"]);
await check("types", ["check", "--quiet", "src", "tests", "benchmarks", "schemas"]);
await check("engine", ["task", "--quiet", "setup"]);
await check("doc examples", ["test", "--doc", "--quiet", "-A", "src/core", "--ignore=**/*_test.ts"]);
await runTests();

await Deno.remove(junit);
console.log(`${counts.passed} passed, ${counts.failed} failed`);
Deno.exit(counts.failed === 0 ? 0 : 1);

async function check(name: string, args: string[]): Promise<void> {
  console.log(`== ${name}`);
  const { success } = await new Deno.Command(deno, { args, stdin: "null" }).spawn().status;
  if (success) counts.passed++;
  else counts.failed++;
  if (!success) console.log(`failed: deno ${args.join(" ")}`);
}

async function runTests(): Promise<void> {
  console.log("== tests");
  const args = [
    "test",
    "-A",
    "--quiet",
    "--no-check",
    `--junit-path=${junit}`,
    "--permit-no-files",
    ...tests,
  ];
  const { success } = await new Deno.Command(deno, { args, stdin: "null" }).spawn().status;
  const report = await Deno.readTextFile(junit);
  const total = (attribute: string) =>
    Number(new RegExp(`<testsuites[^>]* ${attribute}="(\\d+)"`).exec(report)?.[1] ?? 0);
  const failed = total("failures") + total("errors");
  counts.passed += total("tests") - failed;
  counts.failed += success ? 0 : Math.max(1, failed); // a crash counts, too
}
