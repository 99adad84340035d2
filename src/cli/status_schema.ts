import { $schema, count, failure, item, list, map, seconds, stage, text } from "./output_schema_words.ts";

const work = (description: string) =>
  map(description, {
    noun: text("What one item is called: model"),
    total: count("Stored ones included"),
    done: count("Stored, or ended, well or not"),
    failed: count("Of those that are done"),
    running: count("Under way"),
    waiting: count("Made by another run"),
    share: {
      type: "number",
      minimum: 0,
      maximum: 1,
      description: "Of the work that was missing, what is done",
    },
    perSecond: seconds("Items that ended in a second, lately; absent while none has"),
    secondsLeft: seconds("Absent while too little is done to tell"),
  }, ["perSecond", "secondsLeft"]);

export const statusOutput = {
  $schema,
  title: "Output of weft status --format json",
  ...map("How the runs of a pipeline go, or how the last one went", {
    pipeline: text("Name of the pipeline"),
    runs: list(
      "Those that go on, the last one first; without any, the last one; empty: never run",
      map("A run", {
        state: {
          enum: ["running", "finished", "interrupted", "stopped", "broken", "killed"],
          description:
            "running: its process holds the log. finished: all was tried. interrupted: it was told to end. stopped: its " +
            "budget was spent. broken: it could not go on. killed: it ended without a word",
        },
        log: text("Path of its log: its events, each with the seconds at which it came"),
        started: text("ISO 8601, UTC"),
        host: text("Name of the machine"),
        pid: count("Process id on that machine"),
        file: text("The pipeline, as it was named where the run was started"),
        options: { type: "object", description: "Options of the command" },
        seconds: seconds("Until now, until its end, or until the last sign of life"),
        summary: map("What it came to; absent where it did not get to say", {
          ok: { type: "boolean", description: "Whether every stage has its whole output" },
          stages: map("Instances of stages, by how they ended", {
            ran: count("With an output that it made"),
            stored: count("Stored before"),
            failed: count("Failed"),
            skipped: count("Left out"),
          }),
          models: map("Models", {
            trained: count("By this run"),
            stored: count("Before it"),
            failed: count("Failed"),
          }),
          seconds: seconds("How long the stages took"),
        }),
        error: failure,
        models: work("How far all models were"),
        working: list(
          "Stages that had begun and not ended",
          map("A stage", { stage: text("Its name"), work: work("How far its items were") }, ["work"]),
        ),
        failed: list(
          "Items that failed",
          map("An item", {
            stage,
            item,
            error: failure,
            log: text("Path of the file that says all about it"),
          }, ["log"]),
        ),
        failedStages: list("Stages that failed", map("A stage", { stage, error: failure })),
        skipped: list("Stages that were left out, for an input has no output", stage),
        warnings: list("What was wrong while it went on", text("A warning")),
      }, ["summary", "error", "models"]),
    ),
    warnings: list("What is odd about the logs themselves", text("A warning")),
  }),
};
