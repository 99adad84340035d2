import { assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { findWheel, packageIndex, pipConfigFiles, PUBLIC_INDEX } from "./index.ts";
import { fakeWheel } from "./testing/fake_wheel.ts";

const given = (variables: Record<string, string>) => new Map(Object.entries(variables));
const { platform } = await fakeWheel();
const NAME = platform.wheel.name;

async function withIndex(
  answer: (request: Request, nth: number) => Response,
  test: (url: string, asked: { path: string; accept: string | null }[]) => Promise<void>,
): Promise<void> {
  const asked: { path: string; accept: string | null }[] = [];
  const options = { port: 0, hostname: "127.0.0.1", onListen() {} };
  const server = Deno.serve(options, (request) => {
    const { url, headers } = request;
    return answer(request, asked.push({ path: new URL(url).pathname, accept: headers.get("accept") }));
  });
  try {
    await test(`http://127.0.0.1:${server.addr.port}/simple/`, asked);
  } finally {
    await server.shutdown();
  }
}

const html = (body: string) => new Response(body, { headers: { "content-type": "text/html" } });
const json = (body: unknown) =>
  new Response(JSON.stringify(body), { headers: { "content-type": "application/vnd.pypi.simple.v1+json" } });

Deno.test("findWheel() finds the exact file on a JSON page and makes its address absolute", async () => {
  const files = [
    { filename: NAME.replace("none", "cp311"), url: "wrong" },
    { filename: NAME, url: `../../files/${NAME}`, hashes: {} },
  ];
  await withIndex(() => json({ files }), async (url, asked) => {
    assertEquals(await findWheel(platform, { url, from: "test" }), new URL(`/files/${NAME}`, url).href);
    assertEquals(asked[0]!.path, "/simple/tensorflow-fake/");
    assertMatch(asked[0]!.accept!, /application\/vnd\.pypi\.simple\.v1\+json/);
  });
});

Deno.test("findWheel() reads HTML pages as old indexes give them", async () => {
  const page = `<!DOCTYPE html><html><body>
    <a href="https://files.example/x/tensorflow_fake-2.20.0-none-any.whl#sha256=1">old</a><br/>
    <a data-requires-python="&gt;=3.10" href='https://files.example/x/${NAME}?a=1&amp;b=2#sha256=ab'>${NAME}</a>`;
  await withIndex(() => html(page), async (url) => {
    const found = await findWheel(platform, { url, from: "test" });
    assertEquals(found, `https://files.example/x/${NAME}?a=1&b=2`);
  });
});

Deno.test("findWheel() takes user and password along to files of the index itself only", async () => {
  await withIndex(
    (request) => html(`<a href="/f/${NAME}">${request.headers.get("authorization")}</a>`),
    async (url) => {
      const index = { url: url.replace("//", "//ada:secret@"), from: "test" };
      assertMatch(await findWheel(platform, index), /^http:\/\/ada:secret@127\.0\.0\.1:\d+\/f\//);
    },
  );
  await withIndex(() => html(`<a href="https://other.example/${NAME}">x</a>`), async (url) => {
    const index = { url: url.replace("//", "//ada:secret@"), from: "test" };
    assertEquals(await findWheel(platform, index), `https://other.example/${NAME}`);
  });
});

Deno.test("findWheel() names the index, what chose it and what to do when it has no such file", async () => {
  for (const answer of [() => html("<html>log in first</html>"), () => json({ files: [] }), () => json(7)]) {
    await withIndex(answer, async (url) => {
      const index = { url: url.replace("//", "//ada:secret@"), from: "PIP_INDEX_URL" };
      const error = await assertRejects(() => findWheel(platform, index), UserError);
      assertEquals(
        error.message,
        `Cannot find ${NAME} at ${url}tensorflow-fake/ (index from PIP_INDEX_URL): it does not list this file`,
      );
      assertMatch(error.help!, /weft setup --wheel FILE/);
    });
  }
});

Deno.test("findWheel() tries again after 503, and says 404 at once", async () => {
  const page = html(`<a href="/${NAME}">x</a>`);
  await withIndex((_, nth) => nth === 1 ? new Response(null, { status: 503 }) : page, async (url, asked) => {
    await findWheel(platform, { url, from: "test" }, undefined, [1]);
    assertEquals(asked.length, 2);
  });
  await withIndex(() => new Response(null, { status: 404 }), async (url, asked) => {
    const found = () => findWheel(platform, { url, from: "test" }, undefined, [1]);
    await assertRejects(found, UserError, "the server answers 404 Not Found");
    assertEquals(asked.length, 1);
  });
});

Deno.test("findWheel() without a network says so", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const index = { url: `http://127.0.0.1:${port}/`, from: "test" };
  const error = await assertRejects(
    () => findWheel(platform, index, undefined, []),
    UserError,
    "no connection",
  );
  assertMatch(error.help!, /check the network; .*weft setup --wheel FILE/);
});

Deno.test("packageIndex() is PIP_INDEX_URL, else that of pip's files, else the public one", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    `# https://comment.example
[list]
index-url = https://other-section.example
[global]
timeout = 60
Index_Url: https://mirror.example/simple
; index-url = https://commented.example
`,
  );
  const env = given({ PIP_INDEX_URL: "https://env.example/simple" });
  assertEquals(await packageIndex(env, [file]), { url: "https://env.example/simple", from: "PIP_INDEX_URL" });
  assertEquals(await packageIndex(given({}), [file]), { url: "https://mirror.example/simple", from: file });
  const absent = [`${file}.absent`];
  assertEquals(await packageIndex(given({ PIP_INDEX_URL: "" }), absent), {
    url: PUBLIC_INDEX,
    from: "weft itself",
  });
  await Deno.remove(file);
});

Deno.test("packageIndex() prefers [install] to [global], and later files to earlier ones", async () => {
  const folder = await Deno.makeTempDir();
  const files = [`${folder}/system`, `${folder}/user`, `${folder}/own`];
  await Deno.writeTextFile(files[0]!, "[install]\nindex-url = https://system-install.example\n");
  await Deno.writeTextFile(files[1]!, "[global]\nindex-url = https://user-global.example\n");
  await Deno.writeTextFile(files[2]!, "[global]\nindex-url = https://own-global.example\n");
  assertEquals((await packageIndex(given({}), files)).url, "https://system-install.example");
  assertEquals((await packageIndex(given({}), files.slice(1))).url, "https://own-global.example");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("packageIndex() refuses what is no http address and does not show its password", async () => {
  for (const url of ["mirror.example/simple", "ftp://ada:secret@mirror.example"]) {
    const error = await assertRejects(() => packageIndex(given({ PIP_INDEX_URL: url }), []), UserError);
    assertMatch(
      error.message,
      /^Cannot use the package index ".*mirror\.example.*" of PIP_INDEX_URL: it is no http/,
    );
    assertNotMatch(error.message, /secret/);
  }
});

Deno.test("pipConfigFiles() looks where pip looks", () => {
  assertEquals(pipConfigFiles(given({ HOME: "/h", VIRTUAL_ENV: "/venv" }), "linux"), [
    "/etc/xdg/pip/pip.conf",
    "/etc/pip.conf",
    "/h/.pip/pip.conf",
    "/h/.config/pip/pip.conf",
    "/venv/pip.conf",
  ]);
  assertEquals(
    pipConfigFiles(given({ HOME: "/h" }), "darwin").at(-1),
    "/h/Library/Application Support/pip/pip.conf",
  );
  const own = { HOME: "/h", PIP_CONFIG_FILE: "/own.conf", XDG_CONFIG_DIRS: "/a:/b" };
  assertEquals(pipConfigFiles(given(own), "linux"), [
    "/a/pip/pip.conf",
    "/b/pip/pip.conf",
    "/etc/pip.conf",
    "/own.conf",
  ]);
  assertEquals(pipConfigFiles(given({ PIP_CONFIG_FILE: "/dev/null" }), "linux"), []);
});
