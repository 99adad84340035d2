/** JSON Schemas of what commands print for programs: published beside those of pipelines. */

/** The files of `schemas/` about outputs, by name. */
export function outputSchemas(): Map<string, string> {
  const schemas = { "plan.output.schema.json": planOutput, "validate.output.schema.json": validateOutput };
  return new Map(
    Object.entries(schemas).map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]),
  );
}

const $schema = "http://json-schema.org/draft-07/schema#";
const count = (description: string) => ({ type: "integer", minimum: 0, description });
const text = (description: string) => ({ type: "string", description });

/** All properties are there unless they are named as optional, and there are no others. */
function map<Properties extends Readonly<Record<string, unknown>>>(
  description: string,
  properties: Properties,
  optional: readonly (keyof Properties)[] = [],
) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", description, required, additionalProperties: false, properties };
}

const position = {
  path: text("The file as it was named, <stdin>, or an option such as --set models"),
  line: { type: "integer", minimum: 1, description: "From 1" },
  column: { type: "integer", minimum: 1, description: "From 1, in UTF-16 units" },
};
const span = {
  ...position,
  endLine: { type: "integer", minimum: 1, description: "Line of the end" },
  endColumn: { type: "integer", minimum: 1, description: "Column behind the end" },
};

const models = (description: string) =>
  map(description, {
    stored: count("Trained already, or by a stage before"),
    train: count("To be trained"),
    unknown: count("Not known before another stage has run"),
  });

const reason = map("One thing that makes a stage run", {
  reason: {
    enum: ["new", "setting", "input", "version", "engine", "gone", "items", "waits"],
    description:
      "new: the last run made no result of it. setting, input, version (of the stage's kind), engine: changed " +
      "since the last run. gone: nothing changed, but the result is not stored any more. items: some of its items are not " +
      "stored. waits: an input must run first",
  },
  message: text("The same for people, without the place"),
  instance: text(
    "What changed or is waited for, if that is another stage: its instance, or the stage if several are alike",
  ),
  setting: text("Full path of the setting that changed, or name of the input: training.batch_size"),
  before: { description: "Its value in the last run; absent if it had none" },
  after: { description: "Its value now; absent if it has none" },
  at: map("Where the setting stands, or the nearest thing around it", position),
  from: map("Where the value stands, if an expression brings it in", position),
}, ["instance", "setting", "before", "after", "at", "from"]);

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
