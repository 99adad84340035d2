import {
  $schema,
  failure,
  item,
  list,
  map,
  position,
  reason,
  seconds,
  stage,
  text,
} from "./output_schema_words.ts";

const fileplace = map("A place in a file, or in an option such as --set models", position);
const digest = { type: "string", pattern: "^[0-9a-f]{64}$", description: "SHA-256" };

export const whyOutput = {
  $schema,
  title: "Output of weft why --format json",
  ...map("Where a result came from, or why it is not there", {
    pipeline: text("Name of the pipeline"),
    instance: stage,
    member: map("The member that was asked for", {
      id: item,
      seed: text("64 bits as 16 hexadecimal digits"),
      case: { type: ["string", "null"], description: "The case of the family that it was drawn from" },
      settings: { type: "object", description: "By full path, as they were drawn" },
      status: text("How its training ended: done, diverged, stopped_early"),
      metrics: {
        type: "object",
        description: "After its last epoch; null: not finite",
        additionalProperties: { type: ["number", "null"], description: "A metric" },
      },
    }, ["seed", "case", "status"]),
    kind: text("Kind of the stage"),
    version: { type: "integer", minimum: 1, description: "Of the kind" },
    state: {
      enum: ["planned", "stored", "missing"],
      description:
        "planned: made by planning, whenever it is asked for. stored: in the store. missing: neither",
    },
    identity: { ...digest, description: "What it is stored under" },
    output: { ...digest, description: "What other stages know it by" },
    settings: list(
      "Settings of the stage that decide it",
      map("A setting", {
        setting: text("Its full path"),
        value: { description: "Its value" },
        at: { ...fileplace, description: "Where it stands, or the nearest thing around it" },
        from: { ...fileplace, description: "Where its value stands, if an expression brings it in" },
      }, ["from"]),
    ),
    sources: list(
      "What it is made from, the nearest first, up to the data",
      map("An instance of a stage", { instance: stage, kind: text("Its kind"), output: digest }, ["output"]),
    ),
    engine: text("Identity of the numerical library, for what is computed with it"),
    made: map("How it was computed", {
      seconds: seconds("How long that took"),
      host: text("Name of the machine"),
      time: text("ISO 8601, UTC"),
    }),
    objects: list(
      "What its result needs in the store",
      map("An object", {
        digest,
        size: { type: ["integer", "null"], minimum: 0, description: "In bytes; null: it is gone" },
      }),
    ),
    files: list("What was written of it", text("A path")),
    why: list("Why it is not stored", reason),
    failure: map("How it failed in the last run", {
      ...failure.properties,
      log: text("Path of the file that says all about it"),
    }, ["help", "stack", "output", "log"]),
  }, ["member", "identity", "output", "engine", "made", "failure"]),
};
