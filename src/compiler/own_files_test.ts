import { assert, assertEquals } from "@std/assert";
import type { FileAnswer, FileLookup, MissedFile } from "../core/own_files.ts";
import { ok } from "../core/result.ts";
import type { ItemsKind, PlanKind } from "../core/stage_kind.ts";
import { compile, compileWithFiles } from "./compile.ts";
import type { Plan } from "./plan.ts";

const text = (description: string) => ({ type: "string", description, examples: ["a"] });

/** Knows how long a file is. */
const measured: PlanKind<{ file?: string }, Record<never, never>, number, number> = {
  contract: "plan",
  name: "measured",
  version: 1,
  description: "The length of a file",
  schema: {
    type: "object",
    additionalProperties: false,
    description: "A file",
    properties: { file: text("Its path") },
  },
  inputs: {},
  output: { name: "length" },
  files: {
    request: ({ file }) =>
      file === undefined ? undefined : { paths: [{ path: file, at: ["file"] }], question: {} },
    load: () => Promise.reject(new Error("nothing is read while compiling")),
  },
  plan: (_config, _inputs, facts = 0) => ok(facts),
  outline: ({ file }) => (file === undefined ? 0 : 3) as Partial<number>,
};

/** Lists so many members, at most thrice as many as the outline says. */
const members: PlanKind<{ of: string; times: number }, { of: number }, number> = {
  contract: "plan",
  name: "members",
  version: 1,
  description: "Members",
  schema: {
    type: "object",
    required: ["of", "times"],
    additionalProperties: false,
    description: "Members",
    properties: {
      of: text("A length"),
      times: { type: "integer", description: "How often", examples: [2] },
    },
  },
  inputs: { of: { artifact: "length" } },
  output: { name: "members" },
  size: ({ times }, { of }) => times * of,
  plan: ({ times }, { of }) => ok(times * of),
};

const work: ItemsKind<{ of: string }, { of: number }, number, number, number> = {
  contract: "items",
  name: "work",
  version: 1,
  description: "Works",
  place: "engine",
  noun: "model",
  schema: {
    type: "object",
    required: ["of"],
    additionalProperties: false,
    description: "Work",
    properties: { of: text("Members") },
  },
  inputs: { of: { artifact: "members" } },
  output: { name: "work" },
  list: (_config, { of }) =>
    Array.from({ length: of }, (_, i) => ({
      id: String(i),
      identity: { record: "work/1", i },
      affinity: "",
      cost: 1,
      work: i,
    })),
  load: () => Promise.reject(new Error("not run")),
  collect: () => Promise.resolve(0),
};

const KINDS = [measured, members, work];
const PIPELINE = `weft: 1
stages:
  length: { kind: measured, file: a.txt }
  some: { kind: members, of: length, times: 2 }
  trained: { kind: work, of: some }
  other: { kind: measured }
  none: { kind: members, of: other, times: 2 }
`;
const [PLACE, MISSED]: [string, MissedFile] = ["pipeline.yaml:3:35", { path: "a.txt", at: ["file"] }];

Deno.test("compileWithFiles() looks files up between two compilations, and not at all where none is named", async () => {
  const files = new Lookup({
    state: "known",
    facts: 5,
    files: { question: {}, places: {}, state: "" as never },
  });
  const plan = planned(await compileWithFiles({ path: "pipeline.yaml", text: PIPELINE }, KINDS, { files }));
  assertEquals(plan.nodes.map(({ output, items }) => output ?? items?.length), [5, 10, 10, 0, 0]);
  assertEquals(files.log, [
    "asked for a.txt of pipeline.yaml",
    "looked up",
    "asked for a.txt of pipeline.yaml",
  ]);
  assert(plan.nodes.every(({ unknown }) => unknown === undefined));
  const without = new Lookup({ state: "absent", files: [] });
  const text = PIPELINE.replace(", file: a.txt", "");
  planned(await compileWithFiles({ path: "pipeline.yaml", text }, KINDS, { files: without }));
  assertEquals(without.log, []);
});

Deno.test("compile() leaves unknown what is planned from an absent file, counts it as far as settings tell, and warns once", async () => {
  const files = new Lookup({ state: "absent", files: [MISSED] });
  const plan = planned(await compileWithFiles({ path: "pipeline.yaml", text: PIPELINE }, KINDS, { files }));
  const [length, some, trained, other] = plan.nodes;
  assertEquals([some!.unknown?.size, trained!.unknown?.size, other!.output], [6, 6, 0]);
  for (const node of [length, some, trained]) {
    assertEquals([node!.output, node!.items], [undefined, undefined]);
    assertEquals(node!.unknown?.files.map(({ path }) => path), ["a.txt"]);
  }
  assertEquals(
    plan.warnings.map(({ severity, code, message, at }) => ({ severity, code, message, at: placeOf(at!) })),
    [{
      severity: "warning",
      code: "absent-file",
      message: 'Cannot find "a.txt": there is no such file or folder',
      at: PLACE,
    }],
  );
});

Deno.test("compile() refuses a file that is bad or outside of the project, at its path", async () => {
  const answers: [FileAnswer, string, string][] = [
    [
      { state: "outside", files: [MISSED] },
      "outside-file",
      'Cannot read "a.txt": it is outside of the project',
    ],
    [{ state: "bad", at: ["file"], message: "it is bad", help: "mend it" }, "bad-file", "it is bad"],
  ];
  for (const [answer, code, message] of answers) {
    const files = new Lookup(answer);
    const compiled = await compileWithFiles({ path: "pipeline.yaml", text: PIPELINE }, KINDS, { files });
    const problems = compiled.ok ? [] : compiled.error;
    assertEquals(problems.map((one) => [one.severity, one.code, one.message, placeOf(one.at!)]), [
      ["error", code, message, PLACE],
    ]);
  }
});

Deno.test("compile() without answers leaves unknown what is planned from files, and tells nothing of it", () => {
  const plan = planned(compile({ path: "pipeline.yaml", text: PIPELINE }, KINDS));
  assertEquals(plan.warnings, []);
  assertEquals(plan.nodes[0]!.unknown?.files, []);
});

class Lookup implements FileLookup {
  readonly log: string[] = [];
  #known = false;
  #asked = false;

  constructor(private readonly answer: FileAnswer) {}

  readonly answers: FileLookup["answers"] = (_kind, { paths }, from) => {
    this.log.push(`asked for ${paths[0]!.path} of ${from}`);
    this.#asked = true;
    return this.#known ? this.answer : undefined;
  };

  readonly lookUp = () => {
    const isNew = this.#asked && !this.#known;
    if (isNew) this.log.push("looked up");
    this.#known = this.#asked;
    return Promise.resolve(isNew);
  };
}

function planned(compiled: ReturnType<typeof compile>): Plan {
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error));
  return compiled.value;
}

function placeOf({ path, line, column }: { path: string; line: number; column: number }): string {
  return `${path}:${line}:${column}`;
}
