import { assertEquals } from "@std/assert";
import type { ItemOutlook, RunEvent } from "../mod.ts";
import type { Style } from "./output.ts";
import { LivePrinter, PlainPrinter } from "./printers.ts";
import { RunView } from "./run_view.ts";

const plain = (_style: Style, text: string) => text;
const items: ItemOutlook = { noun: "model", place: "engine", stored: 2, missing: 4, cost: 100 };
const started: RunEvent = {
  type: "started",
  pipeline: "widths",
  stages: [
    { stage: "draw", kind: "sampling", status: "stored", why: [] },
    { stage: "trained", kind: "train", status: "partial", items, why: [] },
    { stage: "quality", kind: "group", status: "maybe", why: [] },
  ],
};
const training: readonly RunEvent[] = [
  started,
  { type: "stage-started", stage: "trained", items },
  { type: "item-started", stage: "trained", item: "7", cost: 40 },
  { type: "item-started", stage: "trained", item: "8", cost: 10 },
];

Deno.test("RunView counts models, shows those under way, and tells the time left from their costs", () => {
  let now = 0;
  const view = new RunView(() => now);
  training.forEach((event) => view.take(event));
  assertEquals(view.progress("trained"), "2/6 models");
  now = 10;
  view.take({ type: "item-finished", stage: "trained", item: "8", seconds: 10 });
  view.take({ type: "item-progress", stage: "trained", item: "7", done: 0.25, note: "epoch 1/4" });
  // 10 + a quarter of 40 of 100 took 10 s: 40 s are left
  assertEquals(view.progress("trained"), "3/6 models, 6 models/min, 40 s left");
  assertEquals(view.lines(80), [
    "trained  ━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  3/6 models, 6 models/min, 40 s left",
    "  model 7  epoch 1/4",
  ]);
  view.take({ type: "item-failed", stage: "trained", item: "7", error: { message: "no" } });
  assertEquals(view.progress("trained"), "4/6 models, 1 failed, 12 models/min, 10 s left");
  view.take({ type: "stage-finished", stage: "trained", result: { status: "partial", seconds: 20 } });
  assertEquals(view.lines(80), []);
});

Deno.test("RunView takes for the slowest model what that says of itself, and not the time that it is silent for", () => {
  let now = 0;
  const view = new RunView(() => now);
  training.forEach((event) => view.take(event));
  const said = (at: number, done: number) => {
    now = at;
    view.take({ type: "item-progress", stage: "trained", item: "8", done, note: "" });
    return view.progress("trained");
  };
  view.take({ type: "item-progress", stage: "trained", item: "7", done: 0.5, note: "" });
  assertEquals(said(1, 0.02), "2/6 models, 4.0 s left"); // 80 of 100 are left, at 20 a second
  now = 9;
  assertEquals(view.progress("trained"), "2/6 models, 36 s left"); // not 392 s, as slow as its start was
  assertEquals(said(11, 0.12), "2/6 models, 1:28 left"); // a tenth took 10 s
  now = 13;
  assertEquals(view.progress("trained"), "2/6 models, 1:26 left");
});

Deno.test("RunView shows a download until it is whole", () => {
  const view = new RunView(() => 0);
  const at = (done: number, total: number | null): RunEvent => ({
    type: "preparing",
    stage: "images",
    what: "MNIST",
    done,
    total,
  });
  view.take(at(0, null));
  assertEquals(view.lines(80), ["images  MNIST: 0 bytes"]);
  view.take(at(5_000_000, 10_000_000));
  assertEquals(view.lines(80), ["images  MNIST: 5.0 MB of 10.0 MB"]);
  view.take(at(10_000_000, 10_000_000));
  assertEquals(view.lines(80), []);
});

Deno.test("PlainPrinter prints a line for what happens, and one on progress every ten seconds", () => {
  let now = 0;
  const lines: string[] = [];
  const printer = new PlainPrinter((line) => lines.push(line), plain, () => now);
  training.forEach((event) => printer.take(event));
  for (now = 1; now < 25; now++) {
    printer.take({ type: "item-progress", stage: "trained", item: "7", done: now / 40, note: "" });
  }
  printer.take({
    type: "item-failed",
    stage: "trained",
    item: "8",
    error: { message: "Cannot train", help: "wait" },
  });
  const done = { noun: "model", place: "engine", stored: 2, ran: 3, failed: 1 } as const;
  printer.take({
    type: "stage-finished",
    stage: "trained",
    result: { status: "partial", items: done, seconds: 25 },
  });
  printer.take({ type: "stage-skipped", stage: "figure", because: "quality" });
  assertEquals(lines, [
    "widths: 3 stages, 1 stored; 6 models, 2 stored, 4 to train",
    "  trained: 2/6 models, 1:30 left",
    "  trained: 2/6 models, 1:20 left",
    "error: trained/8: Cannot train",
    "  help: wait",
    "! trained: 3 of 6 models, 2 stored, 1 failed, 25 s",
    "- figure: skipped, for quality has no output",
  ]);
});

Deno.test("LivePrinter draws over its view, keeps the lines that stay, and leaves nothing else behind", () => {
  const screen = new Screen(60);
  const printer = new LivePrinter(screen, plain, () => 0);
  try {
    training.forEach((event) => printer.take(event));
    printer.say("first");
    assertEquals(screen.text(), [
      "widths: 3 stages, 1 stored; 6 models, 2 stored, 4 to train",
      "first",
      "trained  ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  2/6 models",
      "  model 7",
      "  model 8",
    ]);
    printer.take({ type: "item-finished", stage: "trained", item: "7", seconds: 1 });
    printer.say("second");
    assertEquals(screen.text().slice(1), [
      "first",
      "second",
      "trained  ━━━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌  3/6 models",
      "  model 8",
    ]);
    assertEquals(screen.cursorShown, false);
  } finally {
    printer.end();
  }
  assertEquals(screen.text(), [
    "widths: 3 stages, 1 stored; 6 models, 2 stored, 4 to train",
    "first",
    "second",
  ]);
  assertEquals(screen.cursorShown, true);
});

Deno.test("LivePrinter keeps to the size of the terminal", () => {
  const screen = new Screen(20, 4);
  const printer = new LivePrinter(screen, plain, () => 0);
  training.slice(1).forEach((event) => printer.take(event));
  for (let i = 0; i < 9; i++) {
    printer.take({ type: "item-started", stage: "trained", item: `x${i}`, cost: 1 });
  }
  printer.say("line");
  const lines = screen.text();
  printer.end();
  assertEquals(lines.length, 4);
  assertEquals(lines.every((line) => line.length < 20), true);
});

/** `stage/n=0` to `stage/n=59`, a model each. */
const instances = Array.from({ length: 60 }, (_, i) => `trained/n=${i}`);
const one: ItemOutlook = { noun: "model", place: "engine", stored: 0, missing: 1, cost: 10 };
const manyStarted: readonly RunEvent[] = [
  {
    type: "started",
    pipeline: "widths",
    stages: instances.map((stage) => ({ stage, kind: "train", status: "run", items: one, why: [] })),
  },
  ...instances.map((stage): RunEvent => ({ type: "stage-started", stage, items: one })),
];
const finished = (stage: string): readonly RunEvent[] => [
  { type: "item-started", stage, item: "1", cost: 10 },
  { type: "item-finished", stage, item: "1", seconds: 1 },
  {
    type: "stage-finished",
    stage,
    result: {
      status: "ran",
      items: { noun: "model", place: "engine", stored: 0, ran: 1, failed: 0 },
      seconds: 2,
    },
  },
];

Deno.test("LivePrinter shows the instances of a stage on one line, and says at its end how it went", () => {
  let now = 0;
  const screen = new Screen(80, 8);
  const printer = new LivePrinter(screen, plain, () => now);
  try {
    manyStarted.forEach((event) => printer.take(event));
    printer.take({ type: "item-started", stage: instances[0]!, item: "1", cost: 10 });
    now = 30;
    instances.slice(0, 30).flatMap(finished).forEach((event) => printer.take(event));
    for (const stage of instances.slice(30, 45)) {
      printer.take({ type: "item-started", stage, item: "1", cost: 10 });
    }
    printer.take({ type: "item-progress", stage: instances[30]!, item: "1", done: 0, note: "epoch 1/9" });
    printer.say("line");
    assertEquals(screen.text(), [
      "widths: 1 stage in 60 instances, 0 stored; 60 models, 0 stored, 60 to train",
      "line",
      "trained  30/60 instances  30/60 models, 60 models/min, 30 s left",
      "  model n=30/1  epoch 1/9",
      "  model n=31/1",
      "  model n=32/1",
      "  model n=33/1",
      "  model n=34/1",
      "  … and 10 more",
    ]);
    const error = { message: "Cannot train" };
    printer.take({ type: "stage-failed", stage: instances[30]!, error });
    printer.take({ type: "stage-skipped", stage: instances[31]!, because: "draw" });
    now = 60;
    instances.slice(32).flatMap(finished).forEach((event) => printer.take(event));
  } finally {
    printer.end();
  }
  assertEquals(screen.text().slice(2), [
    "error: stage trained/n=30: Cannot train",
    "! trained: 58 of 60 instances, 1 failed, 1 skipped, 58 of 58 models, 1:00",
  ]);
});

Deno.test("PlainPrinter has a line for each instance: a log says when each of them ended", () => {
  const lines: string[] = [];
  const printer = new PlainPrinter((line) => lines.push(line), plain, () => 0);
  manyStarted.forEach((event) => printer.take(event));
  instances.flatMap(finished).forEach((event) => printer.take(event));
  assertEquals(lines.length, 61);
  assertEquals(lines[1], "✓ trained/n=0: 1 of 1 model, 2.0 s");
});

Deno.test("RunView counts models that another stage made as stored when all instances have ended", () => {
  const view = new RunView(() => 0);
  const names = ["trained/n=1", "trained/n=2"];
  const one: ItemOutlook = { ...items, stored: 0, missing: 1 };
  view.take({
    type: "started",
    pipeline: "widths",
    stages: names.map((stage) => ({ stage, kind: "train", status: "run", items: one, why: [] })),
  });
  for (const stage of names) {
    view.take({ type: "stage-started", stage, items: one });
    view.take({ type: "item-started", stage, item: "0", cost: 1 });
  }
  view.take({ type: "item-finished", stage: names[0]!, item: "0", seconds: 1 });
  view.take({ type: "item-finished", stage: names[1]!, item: "0", seconds: 1, stored: true });
  for (const stage of names) {
    view.take({ type: "stage-finished", stage, result: { status: "ran", seconds: 1 } });
  }
  const { ran, stored } = view.endOf(names[0]!)!.items!;
  assertEquals([ran, stored], [1, 1]);
});

Deno.test("RunView keeps to the room that there is, stages before items", () => {
  const view = new RunView(() => 0);
  for (const stage of ["a", "b", "c"]) {
    view.take({ type: "stage-started", stage, items: one });
    for (const item of ["1", "2", "3"]) view.take({ type: "item-started", stage, item, cost: 1 });
  }
  const heads = (height: number) => view.lines(80, height).map((line) => line.trimStart().split("  ")[0]);
  assertEquals(heads(13).length, 13);
  assertEquals(heads(6), ["a", "model 1", "b", "c", "in all", "… and 8 more"]);
  assertEquals(heads(5), ["a", "b", "c", "in all", "… and 9 more"]);
  assertEquals(heads(3), ["a", "b", "… and 2 more"]);
  assertEquals([heads(1), heads(0)], [["… and 4 more"], []]);
});

Deno.test("RunView cuts a long name in front, so that it is seen what the model does", () => {
  let now = 0;
  const view = new RunView(() => now);
  const stage = `trained/data=${"very-".repeat(12)}long,rate=0.01`;
  const outlook = { stage, kind: "train", status: "run", items: one, why: [] } as const;
  view.take({ type: "started", pipeline: "p", stages: [outlook, { ...outlook, stage: "trained/data=b" }] });
  view.take({ type: "stage-started", stage, items: one });
  view.take({ type: "item-started", stage, item: "7", cost: 10 });
  now = 20;
  view.take({ type: "item-progress", stage, item: "7", done: 0.5, note: "epoch 1/2" });
  assertEquals(view.lines(60), [
    "trained  0/2 instances  0/1 model, 20 s left",
    "  model …ry-very-very-long,rate=0.01/7  epoch 1/2",
  ]);
});

Deno.test("LivePrinter leaves nothing of its view behind when the terminal becomes narrower and wraps it", () => {
  const screen = new Screen(100);
  const printer = new LivePrinter(screen, plain, () => 0);
  try {
    training.forEach((event) => printer.take(event));
    printer.take({
      type: "item-progress",
      stage: "trained",
      item: "7",
      done: 0,
      note: "epoch 1/4, test accuracy 0.9876",
    });
    printer.say("first");
    screen.resize(24);
    printer.say("second");
    assertEquals(screen.text().slice(-5), [
      "first",
      "second",
      "trained  2/6 models",
      "  model 7  epoch 1/4, …",
      "  model 8",
    ]);
    screen.resize(100);
    printer.say("third");
    assertEquals(screen.text().slice(-6), [
      "first",
      "second",
      "third",
      "trained  ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  2/6 models",
      "  model 7  epoch 1/4, test accuracy 0.9876",
      "  model 8",
    ]);
  } finally {
    printer.end();
  }
});

Deno.test("LivePrinter shows the last failures, and keeps them once their stage has ended", () => {
  const screen = new Screen(60);
  const printer = new LivePrinter(screen, plain, () => 0);
  const fail = (item: string) => {
    printer.take({ type: "item-started", stage: "trained", item, cost: 1 });
    const error = { message: "Cannot train\nit", help: "wait" };
    printer.take({ type: "item-failed", stage: "trained", item, error, log: `logs/${item}.log` });
  };
  training.slice(1, 2).forEach((event) => printer.take(event));
  ["1", "2", "3", "4"].forEach(fail);
  printer.say("line");
  assertEquals(screen.text().slice(2), [
    "✗ 2 more failed before",
    "✗ trained/3: Cannot train",
    "✗ trained/4: Cannot train",
  ]);
  for (let i = 5; i <= 12; i++) fail(String(i));
  printer.end();
  const lines = screen.text();
  assertEquals(lines.slice(0, 5), [
    "line",
    "error: trained/1: Cannot train",
    "it",
    "  help: wait",
    "  log: logs/1.log",
  ]);
  assertEquals(lines.at(-1), '  and 2 more of trained: "weft status" names them');
});

// deno-lint-ignore no-control-regex -- terminals are told with control characters
const CODES = /\x1b\[(\d*)A|\x1b\[K|\x1b\[J|\x1b\[\?25[lh]|\x1b\[\?2026[lh]|\x1b\[\d+m|[\s\S]/gu;

/** Understands the codes that the live view uses. Like most terminals it wraps lines anew when its width changes. */
class Screen {
  cursorShown = true;
  #rows: { text: string; goesOn: boolean }[] = [{ text: "", goesOn: false }];
  #row = 0;
  #column = 0;

  constructor(private width: number, private readonly height = 24) {}

  size = () => ({ columns: this.width, rows: this.height });

  write = (text: string): void => {
    for (const [token, up] of text.matchAll(CODES)) {
      if (up !== undefined) this.#row = Math.max(0, this.#row - Number(up));
      else if (token === "\x1b[K") this.#clearLine();
      else if (token === "\x1b[J") {
        this.#rows.length = this.#row + 1;
        this.#clearLine();
      } else if (token.startsWith("\x1b[?25")) this.cursorShown = token.endsWith("h");
      else if (token === "\r") this.#column = 0;
      else if (token === "\n") this.#nextRow();
      else if (token.length === 1) this.#put(token);
    }
  };

  /** The cursor is below all text. */
  resize(width: number): void {
    this.width = width;
    const lines = this.text();
    this.#rows = lines.flatMap((line) => {
      const parts = line.match(new RegExp(`.{1,${width}}`, "gu")) ?? [""];
      return parts.map((text, i) => ({ text, goesOn: i < parts.length - 1 }));
    });
    this.#rows.push({ text: "", goesOn: false });
    this.#row = this.#rows.length - 1;
  }

  /** Lines as they were written, whatever the width. */
  text(): string[] {
    const lines: string[] = [];
    let isNew = true;
    for (const { text, goesOn } of this.#rows) {
      if (isNew) lines.push(text);
      else lines[lines.length - 1] += text;
      isNew = !goesOn;
    }
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  }

  #clearLine(): void {
    const row = this.#rows[this.#row]!;
    row.text = row.text.slice(0, this.#column);
    row.goesOn = false;
  }

  #nextRow(): void {
    this.#row += 1;
    this.#column = 0;
    this.#rows[this.#row] ??= { text: "", goesOn: false };
  }

  #put(character: string): void {
    if (this.#column === this.width) {
      this.#rows[this.#row]!.goesOn = true;
      this.#nextRow();
    }
    const row = this.#rows[this.#row]!;
    row.text = row.text.slice(0, this.#column).padEnd(this.#column) + character +
      row.text.slice(this.#column + 1);
    this.#column += 1;
  }
}

Deno.test("PlainPrinter names each thing that is fetched, and tells every two seconds how far it is", () => {
  let now = 0;
  const lines: string[] = [];
  const printer = new PlainPrinter((line) => lines.push(line), plain, () => now);
  const fetch = (what: string, done: number) =>
    printer.take({ type: "preparing", stage: "engine", what, done, total: 10_000_000 });
  for (; now <= 4; now++) fetch("wheel", now * 2_000_000);
  fetch("unpacking", 0);
  fetch("unpacking", 10_000_000);
  assertEquals(lines, [
    "  engine  wheel: 0 bytes of 10.0 MB",
    "  engine  wheel: 4.0 MB of 10.0 MB",
    "  engine  wheel: 8.0 MB of 10.0 MB",
    "  engine  unpacking: 0 bytes of 10.0 MB",
  ]);
});
