/**
 * A client of npm yaml-language-server, the server behind the YAML support of editors, as a child process that may read
 * files and reach nothing on the network.
 * @see https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification
 */

/** Line and character, both from 0, as the protocol counts. */
export interface Position {
  readonly line: number;
  readonly character: number;
}
export interface Range {
  readonly start: Position;
  readonly end: Position;
}
export interface Diagnostic {
  readonly range: Range;
  readonly message: string;
  readonly severity?: number;
}
export interface Suggestion {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}

interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

const SILENCE_MS = 30_000;

export class LanguageServer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #diagnosed = new Map<string, PromiseWithResolvers<Diagnostic[]>>();
  readonly #reading: Promise<void>;
  #lastId = 0;

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  static async start(): Promise<LanguageServer> {
    const entry = import.meta.resolve("yaml-language-server/bin/yaml-language-server");
    const args = [
      "run",
      "--quiet",
      "--allow-read",
      "--allow-env",
      "--allow-sys",
      "--no-prompt",
      entry,
      "--stdio",
    ];
    const command = new Deno.Command(Deno.execPath(), {
      args,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    });
    const server = new LanguageServer(command.spawn());
    // Without a process id: the server asks whether that process lives, which it has no permission for, and would end.
    await server.#request("initialize", { processId: null, rootUri: null, capabilities: {} });
    server.#notify("initialized", {});
    const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
    server.#notify("workspace/didChangeConfiguration", { settings: { yaml } });
    return server;
  }

  /** Opens a text under a URI that was not opened before. */
  open(uri: string, text: string): void {
    this.#diagnosed.set(uri, Promise.withResolvers());
    this.#notify("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
  }

  /** What the server finds wrong with an open text: it says so a fifth of a second after it was opened. */
  diagnostics(uri: string): Promise<Diagnostic[]> {
    return inTime(this.#diagnosed.get(uri)!.promise, `the diagnostics of ${uri}`);
  }

  async suggestions(uri: string, position: Position): Promise<Suggestion[]> {
    const answer = await this.#request("textDocument/completion", { textDocument: { uri }, position });
    return Array.isArray(answer) ? answer : (answer as { items: Suggestion[] }).items;
  }

  /** What the server says about the key or value at a place, as Markdown; empty if nothing. */
  async hover(uri: string, position: Position): Promise<string> {
    const answer = await this.#request("textDocument/hover", { textDocument: { uri }, position });
    return (answer as { contents: { value: string } } | null)?.contents.value ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#request("shutdown", null);
    this.#notify("exit", null);
    await this.#child.status;
    await this.#reading;
    await this.#writer.close().catch(() => {}); // its reader is gone
  }

  #request(method: string, params: unknown): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    this.#send({ id, method, params });
    return inTime(answer.promise, `the answer to ${method}`);
  }

  #notify(method: string, params: unknown): void {
    this.#send({ method, params });
  }

  #send(message: Message): void {
    const body = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const head = new TextEncoder().encode(`Content-Length: ${body.length}\r\n\r\n`);
    this.#writer.write(new Uint8Array([...head, ...body])).catch(() => {}); // told by the answer that does not come
  }

  async #read(): Promise<void> {
    for await (const message of messages(this.#child.stdout)) this.#receive(message);
  }

  #receive({ id, method, params, result, error }: Message): void {
    if (method === "textDocument/publishDiagnostics") {
      const { uri, diagnostics } = params as { uri: string; diagnostics: Diagnostic[] };
      this.#diagnosed.get(uri)?.resolve(diagnostics);
    } else if (method !== undefined && id !== undefined) {
      this.#send({ id, result: null }); // a request of the server: nothing is registered or configured
    } else if (typeof id === "number") {
      const answer = this.#answers.get(id);
      this.#answers.delete(id);
      if (error === undefined) answer?.resolve(result);
      else answer?.reject(new Error(error.message));
    }
  }
}

/** Splits a stream into messages: each is headers with the length of its body, an empty line, and the body as JSON. */
async function* messages(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  const separator = "\r\n\r\n";
  let buffer = new Uint8Array();
  for await (const chunk of stream) {
    buffer = new Uint8Array([...buffer, ...chunk]);
    for (;;) {
      const start = new TextDecoder("latin1").decode(buffer.subarray(0, 1000)).indexOf(separator) +
        separator.length;
      if (start < separator.length) break;
      const head = new TextDecoder().decode(buffer.subarray(0, start));
      const length = Number(/^Content-Length: (\d+)/mi.exec(head)?.[1]);
      if (buffer.length < start + length) break;
      yield JSON.parse(new TextDecoder().decode(buffer.subarray(start, start + length)));
      buffer = buffer.slice(start + length);
    }
  }
}

async function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(new Error(`Cannot read ${what}: the language server is silent for ${SILENCE_MS / 1000} s`)),
    SILENCE_MS,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
