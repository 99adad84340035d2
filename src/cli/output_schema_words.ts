/** Words that the schemas of outputs share. */

export const $schema = "http://json-schema.org/draft-07/schema#";
export const count = (description: string) => ({ type: "integer", minimum: 0, description });
export const text = (description: string) => ({ type: "string", description });

/** All properties are there unless they are named as optional, and there are no others. */
export function map<Properties extends Readonly<Record<string, unknown>>>(
  description: string,
  properties: Properties,
  optional: readonly (keyof Properties)[] = [],
) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", description, required, additionalProperties: false, properties };
}

export const position = {
  path: text("The file as it was named, <stdin>, or an option such as --set models"),
  line: { type: "integer", minimum: 1, description: "From 1" },
  column: { type: "integer", minimum: 1, description: "From 1, in UTF-16 units" },
};

export const list = (description: string, items: unknown) => ({ type: "array", description, items });
export const seconds = (description: string) => ({ type: "number", minimum: 0, description });
export const stage = text("The instance of a stage: trained/data=mnist");
export const item = text("Id of the item in its stage: of a model, its member");

export const reason = map("One thing that makes a stage run", {
  reason: {
    enum: ["new", "setting", "input", "version", "engine", "gone", "forced", "items", "waits", "absent"],
    description:
      "new: the last run made no result of it. setting, input, version (of the stage's kind), engine: changed " +
      "since the last run. gone: nothing changed, but the result is not stored any more. forced: it is made anew " +
      "whatever is stored. items: some of its items are not stored. waits: an input must run first. absent: a file " +
      "that it, or what it reads, is planned from is not there",
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

export const failure = map("A failure", {
  message: text("What cannot be done, and why"),
  help: text("What to do"),
  stack: text("Where it happened, if it was not foreseen"),
  output: text("The end of what its process wrote, if it had one of its own"),
}, ["help", "stack", "output"]);
