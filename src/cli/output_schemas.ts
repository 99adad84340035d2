/** JSON Schemas of what commands print for programs: published beside those of pipelines. */
import { $schema, count, map, position, reason, text } from "./output_schema_words.ts";
import { runOutput } from "./run_schema.ts";
import { statusOutput } from "./status_schema.ts";
import { whyOutput } from "./why_schema.ts";

/** The files of `schemas/` about outputs, by name. */
export function outputSchemas(): Map<string, string> {
  const schemas = {
    "cache-ls.output.schema.json": cacheList,
    "plan.output.schema.json": planOutput,
    "run.output.schema.json": runOutput,
    "status.output.schema.json": statusOutput,
    "validate.output.schema.json": validateOutput,
    "why.output.schema.json": whyOutput,
  };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]),
  );
}

const span = {
  ...position,
  endLine: { type: "integer", minimum: 1, description: "Line of the end" },
  endColumn: { type: "integer", minimum: 1, description: "Column behind the end" },
};

const amount = (what: string) => map(what, { count: count("How many"), bytes: count("Their size") });

const cacheList = {
  $schema,
  title: "Output of weft cache ls --format json",
  ...map("What a store holds", {
    bytes: count("Of all its files"),
    seconds: { type: "number", minimum: 0, description: "How long the results took to compute" },
    results: {
      type: "array",
      description: "Results by sort, the largest first",
      items: map("Results of one sort", {
        of: text(
          "result: trained models. state: states of training. measures: measures of models. stage: outputs of stages",
        ),
        results: count("How many"),
        bytes: count("Of records and objects; an object that several results need counts once"),
        seconds: { type: "number", minimum: 0, description: "How long they took to compute" },
      }, ["of"]),
    },
    segments: count("Files of records"),
    objects: count("Files of objects"),
    unneeded: map("What no result needs: weft cache gc removes it", {
      records: amount("Lines that are damaged, or whose objects are gone"),
      objects: amount("Objects of no result"),
      temporary: amount("Files that were being written; those of a run that was killed stay behind"),
    }),
    oldest: {
      type: ["string", "null"],
      description: "When the first result was stored: ISO 8601; null if there is none",
    },
    newest: {
      type: ["string", "null"],
      description: "When the last result was stored; null if there is none",
    },
  }),
};

const models = (description: string) =>
  map(description, {
    stored: count("Trained already, or by a stage before"),
    train: count("To be trained"),
    unknown: count("Not known before a file is there that they are planned from; at most so many"),
  });

const planOutput = {
  $schema,
  title: "Output of weft plan --format json",
  ...map("What a run would do", {
    pipeline: text("Name of the pipeline"),
    stages: {
      type: "array",
      description: "Instances of stages, each after those that it reads",
      items: map("An instance of a stage", {
        name: text("The stage, with its values of the axes of the matrix: figure2/data=mnist"),
        kind: text("Kind of the stage"),
        status: {
          enum: ["stored", "run", "maybe", "partial"],
          description:
            "stored: nothing to do. run: it runs. partial: it runs, and some of its items are stored. maybe: an " +
            "input must run first; if it comes out as before, and there is no other reason, there is nothing to do",
        },
        models: models("Of a stage that trains"),
        why: { type: "array", description: "Why it is not stored; empty if it is", items: reason },
      }, ["models"]),
    },
    totals: map("Over all stages", {
      models: models("Over all stages; a model that several share counts once"),
      seconds: {
        type: ["number", "null"],
        minimum: 0,
        description:
          "How long what is missing may take on this machine, by what is stored; null if nothing tells",
      },
    }),
  }),
};

const validateOutput = {
  $schema,
  title: "Output of weft validate --format json",
  ...map("What is wrong with some files", {
    ok: { type: "boolean", description: "Whether there is no error" },
    diagnostics: {
      type: "array",
      description: "Errors and warnings, file by file, in the order of their places",
      items: map("An error or a warning", {
        severity: { enum: ["error", "warning"], description: "An error keeps the pipeline from running" },
        code: text("What sort of problem it is; the codes are listed in docs/errors.md"),
        message: text("What cannot be done, and why"),
        ...span,
        help: text("What to do"),
        related: {
          type: "array",
          description: "Other places that belong to it",
          items: map("A place", { message: text("What is there"), ...span }),
        },
      }, ["line", "column", "endLine", "endColumn", "help"]),
    },
  }),
};
