import { assert, assertEquals, assertMatch } from "@std/assert";
import { weftIn, withFolder } from "./testing/weft.ts";

Deno.test("weft init writes a pipeline that is valid and can be planned, and says what to do next", async () => {
  await withFolder({}, async (folder) => {
    const { code, stdout, stderr } = await weftIn({ folder }, "init", "my work/widths");
    assertEquals([code, stdout], [0, ""]);
    assertMatch(
      stderr,
      /next:\n {2}cd 'my work\/widths'\n {2}.*weft plan starter\.yaml .*\n {2}.*weft run starter\.yaml/,
    );
    const inside = { folder: `${folder}/my work/widths` };
    const valid = await weftIn(inside, "validate", "starter.yaml");
    assertEquals(valid, { code: 0, stdout: "", stderr: "1 file: no problems\n" });
    const { stdout: plan } = await weftIn(inside, "plan", "starter.yaml", "--format", "json");
    assertEquals(JSON.parse(plan).totals.models, { stored: 0, train: 12, unknown: 0 });
  });
});

Deno.test("weft init writes the schema that the pipeline's first line names, and keeps the store out of git", async () => {
  await withFolder({}, async (folder) => {
    await weftIn({ folder }, "init");
    const [first] = (await Deno.readTextFile(`${folder}/starter.yaml`)).split("\n");
    const schema = /^# yaml-language-server: \$schema=(\S+)$/.exec(first!)![1];
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/${schema}`)).title, "Pipeline of weft");
    assertEquals(await Deno.readTextFile(`${folder}/.gitignore`), "outputs/store/\n");
  });
});

Deno.test("weft init overwrites nothing, and writes nothing where it would", async () => {
  await withFolder({ "starter.yaml": "mine" }, async (folder) => {
    const { code, stderr } = await weftIn({ folder }, "init");
    assertEquals(code, 2);
    assertMatch(stderr, /^error: Cannot write "starter\.yaml": it exists already\n {2}help: /);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["starter.yaml"]);
    assertEquals(await Deno.readTextFile(`${folder}/starter.yaml`), "mine");
    const inFile = await weftIn({ folder }, "init", "starter.yaml");
    assertEquals(inFile.code, 1);
    assertMatch(inFile.stderr, /Cannot make folder "starter\.yaml\/\.weft": a part of its path is a file/);
    await Deno.mkdir(`${folder}/other`);
    await Deno.writeTextFile(`${folder}/other/.weft`, "");
    const onFile = await weftIn({ folder }, "init", "other");
    assertEquals([onFile.code, onFile.stderr], [
      1,
      'error: Cannot make folder "other/.weft": it is a file\n',
    ]);
  });
});

Deno.test("weft init says which line a .gitignore lacks, and leaves the file as it is", async () => {
  for (
    const [text, isTold] of [["node_modules\n", true], ["/outputs/\n", false], [
      "outputs/*\n",
      false,
    ]] as const
  ) {
    await withFolder({ ".gitignore": text }, async (folder) => {
      const { code, stderr } = await weftIn({ folder }, "init");
      assertEquals(code, 0);
      assertEquals(/add this line to \.gitignore.*\n {2}outputs\/store\/\n/.test(stderr), isTold);
      assertEquals(await Deno.readTextFile(`${folder}/.gitignore`), text);
    });
  }
});

Deno.test("weft init says how to go to a folder whose name begins like an option", async () => {
  await withFolder({}, async (folder) => {
    assertMatch((await weftIn({ folder }, "init", "--", "-x")).stderr, /^ {2}cd -- -x$/m);
  });
});

Deno.test("weft init names the program as the user can call it in the new folder", async () => {
  await withFolder({}, async (folder) => {
    const { stderr } = await weftIn({ folder }, "init", "a"); // INIT_CWD is set, as by `deno task`
    assert(
      stderr.includes(" weft plan starter.yaml") && /deno task --config \S+deno\.json weft plan/.test(stderr),
    );
  });
});
