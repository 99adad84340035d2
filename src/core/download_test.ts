import { assert, assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { UserError } from "./diagnostic.ts";
import { sha256 } from "./digest.ts";
import { type Download, download } from "./download.ts";
import { shownUrl } from "./fetch_url.ts";

const CONTENT = new Uint8Array(200_000).map((_, i) => (i * 7919) % 256);
const DIGEST = sha256(CONTENT);
const QUICK = { delays: [1, 1], stall: 5000 };

/** What a request asked for: its path and its Range. */
interface Asked {
  readonly path: string;
  readonly range: string | null;
  readonly authorization: string | null;
}
type Answer = (request: Request, nth: number) => Response | Promise<Response>;

/** Runs `test` with a folder and a server on loopback, and checks that no lock is left. */
async function withServer(
  answer: Answer,
  test: (at: { url: string; folder: string; asked: Asked[] }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const asked: Asked[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { headers, url } = request;
    asked.push({
      path: new URL(url).pathname,
      range: headers.get("range"),
      authorization: headers.get("authorization"),
    });
    return answer(request, asked.length);
  });
  try {
    await test({ url: `http://127.0.0.1:${server.addr.port}`, folder, asked });
    assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name.endsWith(".lock")), []);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

function requestFor(folder: string, urls: string[], more: Partial<Download> = {}): Download {
  const to = `${folder}/data.bin`;
  return { name: "the data", urls, to, sha256: DIGEST, bytes: CONTENT.length, patience: QUICK, ...more };
}

/** A server as it should be: it knows Range. */
const honest: Answer = (request) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
  if (from === 0) return new Response(CONTENT);
  if (from >= CONTENT.length) return new Response(null, { status: 416 });
  const headers = { "content-range": `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` };
  return new Response(CONTENT.slice(from), { status: 206, headers });
};

/** Serves the bytes from where Range says, but ends each connection after `piece` of them. */
function cutting(piece: number, ranges: boolean): { url: string; asked: string[]; close: () => void } {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const asked: string[] = [];
  const serve = async (connection: Deno.Conn) => {
    const buffer = new Uint8Array(4096);
    const head = new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0));
    const wanted = /range: bytes=(\d+)-/i.exec(head)?.[1];
    asked.push(wanted ?? "all");
    const from = ranges ? Number(wanted ?? 0) : 0;
    const status = from > 0
      ? `206 Partial Content\r\nContent-Range: bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}`
      : "200 OK";
    const start = `HTTP/1.1 ${status}\r\nContent-Length: ${CONTENT.length - from}\r\n\r\n`;
    const writer = connection.writable.getWriter();
    await writer.write(new TextEncoder().encode(start));
    await writer.write(CONTENT.slice(from, from + piece));
    await writer.close();
  };
  (async () => {
    for await (const connection of listener) await serve(connection).catch(() => {});
  })();
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`,
    asked,
    close: () => listener.close(),
  };
}

/** A port on which nobody listens. */
function closedPort(): number {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  listener.close();
  return (listener.addr as Deno.NetAddr).port;
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("download() brings the file, tells its progress and leaves nothing else", async () => {
  await withServer(honest, async ({ url, folder }) => {
    const seen: [number, number | null][] = [];
    const progress = (done: number, total: number | null) => void seen.push([done, total]);
    assertEquals(await download(requestFor(`${folder}/new/deep`, [url], { progress })), "downloaded");
    assertEquals(await Deno.readFile(`${folder}/new/deep/data.bin`), CONTENT);
    assertEquals(seen.at(-1), [CONTENT.length, CONTENT.length]);
    assertEquals([...Deno.readDirSync(`${folder}/new/deep`)].map(({ name }) => name), ["data.bin"]);
  });
});

Deno.test("download() asks nobody when the right file is there, and replaces a wrong one", async () => {
  await withServer(honest, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [url]);
    await Deno.writeTextFile(request.to, "something else");
    assertEquals(await download(request), "downloaded");
    assertEquals(await download(request), "present");
    assertEquals(asked.length, 1);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() works without a known size", async () => {
  await withServer(honest, async ({ url, folder }) => {
    const request = requestFor(folder, [url], { bytes: undefined });
    await Deno.writeFile(`${request.to}.part`, CONTENT.slice(0, 1000));
    await download(request);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() goes on from what an interrupted one left, by Range", async () => {
  await withServer(honest, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [url]);
    await Deno.writeFile(`${request.to}.part`, CONTENT.slice(0, 150_000));
    await download(request);
    assertEquals(asked.map(({ range }) => range), ["bytes=150000-"]);
    assertEquals(await Deno.readFile(request.to), CONTENT);
    assert(!await exists(`${request.to}.part`));
  });
});

Deno.test("download() takes over a part that is whole without asking", async () => {
  await withServer(honest, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [url]);
    await Deno.writeFile(`${request.to}.part`, CONTENT);
    assertEquals(await download(request), "downloaded");
    assertEquals(asked, []);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() starts over once when what was resumed does not verify", async () => {
  for (const stale of [150_000, CONTENT.length, CONTENT.length + 10]) {
    await withServer(honest, async ({ url, folder, asked }) => {
      const request = requestFor(folder, [url]);
      await Deno.writeFile(`${request.to}.part`, new Uint8Array(stale));
      await download(request);
      assertEquals(asked.at(-1)!.range, null);
      assertEquals(await Deno.readFile(request.to), CONTENT);
    });
  }
});

Deno.test("download() takes the whole file from a server that knows no Range", async () => {
  await withServer(() => new Response(CONTENT), async ({ url, folder, asked }) => {
    const request = requestFor(folder, [url]);
    await Deno.writeFile(`${request.to}.part`, CONTENT.slice(0, 150_000));
    await download(request);
    assertEquals(asked.length, 1);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() goes on after each cut connection as long as bytes are gained", async () => {
  const server = cutting(30_000, true);
  const folder = await Deno.makeTempDir();
  const request = requestFor(folder, [server.url]);
  await download(request);
  assertEquals(await Deno.readFile(request.to), CONTENT);
  assertEquals(server.asked.slice(0, 3), ["all", "30000", "60000"]);
  server.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("download() gives up on a server that never gets further, and keeps what came", async () => {
  const server = cutting(30_000, false);
  const folder = await Deno.makeTempDir();
  const request = requestFor(folder, [server.url]);
  const error = await assertRejects(() => download(request), UserError);
  assertMatch(
    error.message,
    /^Cannot download the data from .*: the connection ended after 30\.0 kB of 200\.0 kB$/,
  );
  assertMatch(error.help!, /run again \(it goes on after the 30\.0 kB that have arrived\)/);
  assert(!await exists(request.to));
  server.close();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("download() tries again after 503 and 429", async () => {
  const busy: Answer = (request, nth) =>
    nth <= 2 ? new Response(null, { status: nth === 1 ? 503 : 429 }) : honest(request, nth);
  await withServer(busy, async ({ url, folder, asked }) => {
    await download(requestFor(folder, [url]));
    assertEquals(asked.length, 3);
  });
});

Deno.test("download() asks once where the answer is 404, and says so", async () => {
  await withServer(() => new Response(null, { status: 404 }), async ({ url, folder, asked }) => {
    const request = requestFor(folder, [`${url}/data?token=secret`]);
    const error = await assertRejects(() => download(request), UserError);
    assertEquals(
      error.message,
      `Cannot download the data from ${url}/data: the server answers 404 Not Found`,
    );
    assertEquals(error.help, `run again, or fetch the file elsewhere and put it at ${request.to}`);
    assertEquals(asked.length, 1);
    assert(!await exists(request.to));
  });
});

Deno.test("download() asks the next address when one is gone or gives other bytes", async () => {
  const answer: Answer = (request, nth) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/gone") return new Response(null, { status: 410 });
    if (pathname === "/changed") return new Response(CONTENT.slice().reverse());
    if (pathname === "/long") return new Response(new Uint8Array(2 * CONTENT.length));
    return honest(request, nth);
  };
  await withServer(answer, async ({ url, folder, asked }) => {
    await download(requestFor(folder, [`${url}/gone`, `${url}/changed`, `${url}/long`, `${url}/good`]));
    assertEquals(asked.map(({ path }) => path), ["/gone", "/changed", "/long", "/good"]);
    assertEquals(await Deno.readFile(`${folder}/data.bin`), CONTENT);
  });
});

Deno.test("download() refuses wrong bytes with both digests and keeps none of them", async () => {
  const wrong = new Uint8Array(CONTENT.length);
  await withServer(() => new Response(wrong), async ({ url, folder, asked }) => {
    const request = requestFor(folder, [url]);
    const error = await assertRejects(() => download(request), UserError);
    assertMatch(error.message, new RegExp(`SHA-256 ${sha256(wrong)} where ${DIGEST} is expected`));
    assertMatch(error.help!, /a proxy or a mirror may have replaced the file/);
    assertEquals(asked.length, 1);
    assert(!await exists(request.to));
    assertEquals((await Deno.stat(`${request.to}.part`)).size, 0);
  });
});

Deno.test("download() refuses a file of another size before it is fetched", async () => {
  await withServer(() => new Response(CONTENT.slice(1)), async ({ url, folder, asked }) => {
    const error = await assertRejects(() => download(requestFor(folder, [url])), UserError);
    assertMatch(error.message, /it gives 199999 bytes where 200000 are expected$/);
    assertEquals(asked.length, 1);
  });
});

Deno.test("download() keeps what has arrived when an address has another file", async () => {
  const answer: Answer = (request, nth) =>
    new URL(request.url).pathname === "/other" ? new Response(CONTENT.slice(1)) : honest(request, nth);
  await withServer(answer, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [`${url}/other`, `${url}/good`]);
    await Deno.writeFile(`${request.to}.part`, CONTENT.slice(0, 150_000));
    await download(request);
    assertEquals(asked.map(({ range }) => range), ["bytes=150000-", "bytes=150000-"]);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() refuses a stream that does not say its size and is too long or too short", async () => {
  for (
    const [size, why] of [[CONTENT.length + 1, /SHA-256/], [
      10,
      /connection ended after 10 bytes of/,
    ]] as const
  ) {
    const stream = () => new Response(ReadableStream.from([new Uint8Array(size)]));
    await withServer(stream, async ({ url, folder }) => {
      const request = requestFor(folder, [url]);
      const error = await assertRejects(() => download(request), UserError);
      assertMatch(error.message, why);
      assert(!await exists(request.to));
    });
  }
});

Deno.test("download() goes on at the next address with what has arrived from one that broke off", async () => {
  const broken = cutting(30_000, true);
  await withServer(honest, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [broken.url, `${url}/second`]);
    await download(request);
    assertEquals(broken.asked, ["all"]);
    assertEquals(asked.map(({ path, range }) => [path, range]), [["/second", "bytes=30000-"]]);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
  broken.close();
});

Deno.test("download() starts over at the next address where what one gave before it broke off was wrong", async () => {
  const answer: Answer = (request, nth) => {
    if (new URL(request.url).pathname === "/good") return honest(request, nth);
    return new Response(ReadableStream.from([new Uint8Array(1000)])); // does not say its size
  };
  await withServer(answer, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [`${url}/bad`, `${url}/good`]);
    await download(request);
    assertEquals(asked.map(({ path, range }) => [path, range]), [
      ["/bad", null],
      ["/good", "bytes=1000-"],
      ["/good", null],
    ]);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() takes no web page for the file, of whatever size", async () => {
  const page = "<!doctype html><title>Sign in to this network</title>";
  const headers = { "content-type": "text/html; charset=utf-8" };
  const whole: Answer = () => new Response(page, { headers });
  const unsized: Answer = () =>
    new Response(ReadableStream.from([new TextEncoder().encode(page)]), { headers });
  for (const pageAnswer of [whole, unsized]) {
    const answer: Answer = (request, nth) =>
      new URL(request.url).pathname === "/good" ? honest(request, nth) : pageAnswer(request, nth);
    await withServer(answer, async ({ url, folder, asked }) => {
      const error = await assertRejects(() => download(requestFor(folder, [`${url}/page`])), UserError);
      assertEquals(
        error.message,
        `Cannot download the data from ${url}/page: it gives a web page in place of the file`,
      );
      assertMatch(error.help!, /a proxy or a mirror may have replaced the file/);
      assertEquals(asked.length, 1);
      await download(requestFor(folder, [`${url}/page`, `${url}/good`]));
      assertEquals(await Deno.readFile(`${folder}/data.bin`), CONTENT);
    });
  }
  await withServer(unsized, async ({ url, folder }) => {
    const request = requestFor(folder, [url], { bytes: undefined });
    await assertRejects(() => download(request), UserError, "it gives a web page in place of the file");
  });
});

Deno.test("download() takes a file of the right size that is called a web page", async () => {
  const headers = { "content-type": "text/html", "content-length": `${CONTENT.length}` };
  await withServer(() => new Response(CONTENT, { headers }), async ({ url, folder }) => {
    assertEquals(await download(requestFor(folder, [url])), "downloaded");
  });
});

Deno.test("download() without a network says so after one more try, and names every address", async () => {
  const free = closedPort();
  const folder = await Deno.makeTempDir();
  const urls = [`http://ada:secret@127.0.0.1:${free}/a`, `http://127.0.0.1:${free}/b`];
  const patience = { delays: [1, 1_000_000], stall: 5000 }; // a third try would take a quarter of an hour
  const error = await assertRejects(() => download(requestFor(folder, urls, { patience })), UserError);
  assertMatch(
    error.message,
    /^Cannot download the data from http:\/\/127\.0\.0\.1:\d+\/a, http:\/\/127\.0\.0\.1:\d+\/b: no connection \(/,
  );
  assertNotMatch(error.message, /secret|error sending request/);
  assertMatch(error.help!, /^check the network; HTTPS_PROXY names a proxy/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("download() goes on trying as long as one address can be reached", async () => {
  const busy: Answer = (request, nth) =>
    nth <= 3 ? new Response(null, { status: 503 }) : honest(request, nth);
  await withServer(busy, async ({ url, folder, asked }) => {
    const patience = { delays: [1, 1, 1], stall: 5000 };
    const urls = [`http://127.0.0.1:${closedPort()}/a`, url];
    await download(requestFor(folder, urls, { patience }));
    assertEquals(asked.length, 4);
  });
});

Deno.test("download() sends user and password of the address as a header", async () => {
  await withServer(honest, async ({ url, folder, asked }) => {
    await download(requestFor(folder, [url.replace("//", "//ada:p%40ss@")]));
    assertEquals(asked[0]!.authorization, `Basic ${btoa("ada:p@ss")}`);
  });
});

Deno.test("download() leaves a connection on which nothing comes any more", async () => {
  const never = Promise.withResolvers<void>();
  const answer: Answer = (request, nth) => {
    if (nth > 1) return honest(request, nth);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(CONTENT.slice(0, 1000)),
      pull: () => never.promise,
    });
    return new Response(body, { headers: { "content-length": `${CONTENT.length}` } });
  };
  await withServer(answer, async ({ url, folder, asked }) => {
    await download(requestFor(folder, [url], { patience: { delays: [1], stall: 200 } }));
    assertEquals(asked.map(({ range }) => range), [null, "bytes=1000-"]);
    never.resolve();
  });
});

Deno.test("download() stops with the signal's reason, and the next goes on from there", async () => {
  const gate = Promise.withResolvers<void>();
  const answer: Answer = (request, nth) => {
    if (nth > 1) return honest(request, nth);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(CONTENT.slice(0, 50_000)),
      pull: () => gate.promise,
    });
    return new Response(body, { headers: { "content-length": `${CONTENT.length}` } });
  };
  await withServer(answer, async ({ url, folder, asked }) => {
    const stop = new AbortController();
    const progress = () => stop.abort(new Error("interrupted"));
    const request = requestFor(folder, [url]);
    const stopped = download({ ...request, progress, signal: stop.signal });
    await assertRejects(() => stopped, Error, "interrupted");
    assert(!await exists(request.to));
    gate.resolve();
    const { size } = await Deno.stat(`${request.to}.part`);
    assert(size > 0);
    await download(request);
    assertEquals(asked[1]!.range, `bytes=${size}-`);
    assertEquals(await Deno.readFile(request.to), CONTENT);
  });
});

Deno.test("download() twice at once asks once: the second finds it done", async () => {
  const gate = Promise.withResolvers<void>();
  const answer: Answer = async (request, nth) => (await gate.promise, honest(request, nth));
  await withServer(answer, async ({ url, folder, asked }) => {
    const waited = Promise.withResolvers<void>(); // the one that waits shows how far the other is
    const request = requestFor(folder, [url], { progress: () => waited.resolve() });
    const both = [download(request), download(request)];
    await waited.promise;
    gate.resolve();
    assertEquals((await Promise.all(both)).sort(), ["downloaded", "present"]);
    assertEquals(asked.length, 1);
  });
});

Deno.test({
  name: "download() onto a full disk says so and leaves no file",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withServer(honest, async ({ url, folder }) => {
      const request = requestFor(folder, [url]);
      await Deno.symlink("/dev/full", `${request.to}.part`);
      const error = await assertRejects(() => download(request), UserError);
      assertEquals(error.message, `Cannot download the data to "${request.to}": the disk is full`);
      assertMatch(error.help!, /free some space, or set WEFT_CACHE/);
      assert(!await exists(request.to));
    }),
});

Deno.test("download() of more than the disk has free does not begin", async () => {
  await withServer(honest, async ({ url, folder, asked }) => {
    const request = requestFor(folder, [url], { bytes: 1e18 });
    await assertRejects(
      () => download(request),
      UserError,
      "Cannot download the data: it needs 1000000.0 TB",
    );
    assertEquals(asked, []);
  });
});

Deno.test("download() to where a file stands instead of a folder says so", async () => {
  await withServer(honest, async ({ url, folder }) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    const request = requestFor(`${folder}/file`, [url]);
    await assertRejects(() => download(request), UserError, "a file stands where a folder is needed");
  });
});

Deno.test("download() without permission to write says so", async () => {
  const program = `
    import { download } from ${JSON.stringify(import.meta.resolve("./download.ts"))};
    await download({ name: "it", urls: ["http://127.0.0.1:9"], to: Deno.args[0], sha256: "" })
      .catch((error) => console.log(error.name, error.message, "|", error.help));`;
  const folder = await Deno.makeTempDir();
  const file = `${folder}/program.ts`;
  await Deno.writeTextFile(file, program);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-read", file, `${folder}/it`],
  }).output();
  assertEquals(
    new TextDecoder().decode(stdout).trim(),
    `UserError Cannot download it to "${folder}/it": this process may not write there | ` +
      "make the folder writable, or set WEFT_CACHE to one that is",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("shownUrl() hides the password and the query", () => {
  assertEquals(shownUrl("https://ada:secret@host:8443/a/b?token=1#x"), "https://host:8443/a/b");
});
