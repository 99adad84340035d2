import type { Json } from "../../core/json.ts";
import type { EngineProcess } from "../engine_process/process.ts";
import type { FromEngine, ToEngine } from "../engine_process/protocol.ts";

/** What an item does in a fake engine process after some turns of the event loop. */
export interface FakeWork {
  /** Names the item. */
  readonly name: number;
  readonly turns: number;
  readonly does:
    | "finish"
    | "fail"
    /** Keeps a state, and finishes once that is durable. */
    | "save"
    /** Ends only when it is asked to, after keeping a state. */
    | "wait"
    /** Does not end when it is asked to. */
    | "hang"
    /** Nor does anything else in its process go on. */
    | "block"
    | "die"
    | "die-while-saving"
    /** Uses more memory and finishes; the memory stays in use. */
    | "grow"
    /** Uses more memory than is allowed. */
    | "eat";
}

const FAKE_MEMORY = { grown: 200, eaten: 5000 };

/** Engine processes without processes: what is in them can be seen. */
export class FakeEngines {
  readonly all: FakeProcess[] = [];
  /** What must never be. */
  readonly wrong: string[] = [];

  readonly spawn = (): FakeProcess => {
    if (this.alive.length > 1) this.wrong.push("more than two processes at once");
    const process = new FakeProcess(this.all.length + 1, (name) => this.#enter(name));
    this.all.push(process);
    return process;
  };

  get alive(): FakeProcess[] {
    return this.all.filter(({ isAlive }) => isAlive);
  }

  #enter(name: number): void {
    if (this.alive.some(({ names }) => names.has(name))) this.wrong.push(`item ${name} in twice`);
  }
}

/** Takes and gives messages as the real one does. */
export class FakeProcess implements EngineProcess {
  readonly messages: AsyncIterable<FromEngine>;
  readonly ended: Promise<string>;
  readonly #ended = Promise.withResolvers<string>();
  readonly #items = new Map<number, FakeWork>();
  #output!: ReadableStreamDefaultController<FromEngine>;
  #memory = 10;
  #isBlocked = false;
  isAlive = true;

  constructor(readonly pid: number, private readonly enter: (name: number) => void) {
    this.messages = new ReadableStream<FromEngine>({
      start: (controller) => void (this.#output = controller),
    });
    this.ended = this.#ended.promise;
    this.#later(1, () => this.#say({ type: "ready" }));
  }

  get names(): Set<number> {
    return new Set([...this.#items.values()].map(({ name }) => name));
  }

  send(message: ToEngine): void {
    if (!this.isAlive || this.#isBlocked) return;
    if (message.type === "run") this.#run(message.id, message.work as unknown as FakeWork);
    else if (message.type === "stop") this.#later(1, () => this.#end("exit code 0"));
    else this.#later(1, () => this.#answer(message));
  }

  kill(): void {
    setTimeout(() => this.#end("signal SIGKILL"), 0);
  }

  memory(): Promise<number> {
    return Promise.resolve(this.#memory);
  }

  log(): string {
    return "";
  }

  #run(id: number, work: FakeWork): void {
    this.enter(work.name);
    this.#items.set(id, work);
    this.#later(work.turns, () => this.#act(id, work));
  }

  #act(id: number, { does, name }: FakeWork): void {
    switch (does) {
      case "finish":
        return this.#finish(id, name);
      case "fail":
        return this.#fail(id, `failure of ${name}`);
      case "save":
        return this.#save(id);
      case "die-while-saving":
        this.#save(id);
        return this.#end("signal SIGSEGV");
      case "die":
        return this.#end("signal SIGSEGV");
      case "block":
        this.#isBlocked = true;
        return;
      case "grow":
        this.#memory += FAKE_MEMORY.grown;
        return this.#finish(id, name);
      case "eat":
        this.#memory += FAKE_MEMORY.eaten;
        return;
      case "wait":
      case "hang":
        return;
      default:
        return does satisfies never;
    }
  }

  #answer(message: Extract<ToEngine, { id: number }>): void {
    const work = this.#items.get(message.id);
    if (work === undefined) return;
    if (message.type === "cancel") {
      this.#say({ type: "cancelling", id: message.id });
      if (work.does === "wait") this.#save(message.id);
    } else if (work.does === "save") this.#finish(message.id, work.name);
    else if (work.does === "wait") this.#fail(message.id, "asked to end");
  }

  #save(id: number): void {
    this.#say({ type: "save", id, save: 1, state: { value: null, objects: [] }, lasting: false });
  }

  #finish(id: number, outcome: Json): void {
    this.#items.delete(id);
    this.#say({ type: "outcome", id, outcome, objects: [] });
  }

  #fail(id: number, message: string): void {
    this.#items.delete(id);
    this.#say({ type: "error", id, error: { source: "user", message } });
  }

  #say(message: FromEngine): void {
    this.#output.enqueue(message);
  }

  #end(cause: string): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    this.#output.close();
    this.#ended.resolve(cause);
  }

  /** Does something after some turns of the event loop, if the process can still do anything. */
  #later(turns: number, work: () => void): void {
    if (turns > 0) setTimeout(() => this.#later(turns - 1, work), 0);
    else if (this.isAlive && !this.#isBlocked) work();
  }
}
