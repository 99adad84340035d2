import { $schema, count, failure, item, map, reason, seconds, stage, text } from "./output_schema_words.ts";

const place = {
  enum: ["engine", "head"],
  description: "The process that it runs in; models train in the engine",
};

const itemOutlook = map("What is known of a stage's items before they run", {
  noun: text("What one item is called: model"),
  place,
  stored: count("With those that a stage before this one makes"),
  missing: count("To be made"),
  unknown: count("Of which nothing can be known, since a file is absent; at most so many; absent: none"),
  shared: count("Of the stored ones: those that a stage before lists, too; absent: none"),
  coming: map("Of the shared ones: those that are not there yet", {
    items: count("How many"),
    from: { type: "array", items: text("A stage that makes some"), description: "The stages that make them" },
  }),
  cost: seconds("Expected work of the missing ones, in seconds of one core"),
  seconds: seconds("How long the missing ones may take, one after the other, by the pace of the stored ones"),
}, ["unknown", "shared", "coming", "seconds"]);

const itemCounts = map("How the items of a stage went", {
  noun: text("What one item is called: model"),
  place,
  stored: count("With those that another stage made meanwhile"),
  shared: count("Of the stored ones: those that another stage of the run counts, too; absent: none"),
  ran: count("Made by this run"),
  failed: count("Failed"),
}, ["shared"]);

const event = <Properties extends Readonly<Record<string, unknown>>>(
  type: string,
  description: string,
  properties: Properties,
  optional: readonly (keyof Properties)[] = [],
) => map(description, { type: { const: type, description: "Of the event" }, ...properties }, optional);

const EVENTS = [
  event("started", "The first one: what the run will do", {
    pipeline: text("Name of the pipeline"),
    stages: {
      type: "array",
      description: "Instances of stages, each after those that it reads",
      items: map("An instance of a stage", {
        stage,
        kind: text("Kind of the stage"),
        status: { enum: ["stored", "run", "maybe", "partial"], description: "As weft plan tells it" },
        items: itemOutlook,
        why: { type: "array", description: "Why it is not stored", items: reason },
      }, ["items"]),
    },
  }),
  event("stage-started", "A stage runs, for it is not stored", { stage, items: itemOutlook }, ["items"]),
  event("stage-finished", "A stage has its output", {
    stage,
    result: map("How it went", {
      status: {
        enum: ["stored", "ran", "partial"],
        description: "partial: some items failed, and the output holds the others",
      },
      items: itemCounts,
      seconds: seconds("How long it took"),
    }, ["items"]),
  }),
  event("stage-failed", "A stage has no output", { stage, error: failure }),
  event("stage-skipped", "A stage was left out", {
    stage,
    because: text("The instance that it reads and that has no output"),
  }),
  event("item-started", "An item runs", {
    stage,
    item,
    cost: seconds("Expected work, in seconds of one core"),
  }),
  event("item-progress", "How far an item is", {
    stage,
    item,
    done: { type: "number", minimum: 0, maximum: 1, description: "Share of it that is done" },
    note: text("For people: epoch 3/10, test accuracy 0.94"),
  }),
  event("item-finished", "An item has its result", {
    stage,
    item,
    seconds: seconds("Since it started"),
    stored: { const: true, description: "It was found: another stage, or another run, made it meanwhile" },
  }, ["stored"]),
  event("item-failed", "An item has no result; the others go on", {
    stage,
    item,
    error: failure,
    log: text("Path of the file that says all about it"),
  }, ["log"]),
  event(
    "item-retried",
    "An item, or a stage without items, failed in a way that can pass, and is tried again",
    {
      stage,
      item,
      attempt: { type: "integer", minimum: 1, description: "How often it was tried" },
      seconds: seconds("Until it is tried again"),
      error: failure,
    },
    ["item"],
  ),
  event(
    "item-waits",
    "Another run is making an item, or a stage without items: this run takes its result then",
    {
      stage,
      item,
    },
    ["item"],
  ),
  event("budget-spent", "The run ends before all is done", { message: text("Which budget") }),
  event("preparing", "A download or the like that a stage needs on this machine", {
    stage,
    what: text("What is brought here"),
    done: count("Bytes so far"),
    total: { type: ["integer", "null"], minimum: 0, description: "Bytes in all; null while unknown" },
  }),
  event("warning", "Something is wrong, and the run goes on", { message: text("What it is") }),
  event("engine-started", "The engine process runs", { pid: count("Its process id") }),
  event("engine-died", "The engine process ended by itself; it is started again", {
    cause: text("exit code 1, or signal SIGKILL"),
    retried: count("Items that were in it, and are tried again one by one"),
  }),
  event("engine-killed", "The run ended the engine process; it is started again", {
    cause: text("What sort of reason"),
    message: text("The reason"),
    retried: count("Items that were in it, and are tried again"),
  }),
  event("engine-recycled", "The engine process uses much memory: another one takes the next items", {
    bytes: count("How much"),
  }),
  event("finished", "The last one, but where the run broke off: what it came to", {
    ok: { type: "boolean", description: "Whether every stage has its whole output" },
    ended: {
      enum: ["interrupted", "budget"],
      description: "Why it ended before all was tried; absent where all was",
    },
    stages: map("Instances of stages, by how they ended", {
      ran: count("With an output that this run made, if only of some items"),
      stored: count("Stored before"),
      failed: count("Failed"),
      skipped: count("Left out, for an input has no output, or the run ended before"),
    }),
    models: map("Models; each counts once", {
      trained: count("By this run"),
      stored: count("Before it, or by another run meanwhile"),
      failed: count("Failed"),
    }),
    seconds: seconds("How long it took"),
  }, ["ended"]),
] as const;

export const runOutput = {
  $schema,
  title: "A line of weft run --format ndjson",
  description:
    "An event of a run. Lines are JSON texts, one for each event, in the order in which things happen",
  type: "object",
  required: ["type"],
  oneOf: EVENTS,
};
