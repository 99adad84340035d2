import type { Command } from "./command.ts";

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** What each command does, and its module: only that of the chosen one is loaded. In the order in which one needs them. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    summary: "write a first pipeline that runs",
    load: async () => (await import("./init.ts")).initCommand,
  },
  {
    name: "validate",
    summary: "check pipeline files without running anything",
    load: async () => (await import("./validate.ts")).validateCommand,
  },
  {
    name: "graph",
    summary: "draw the stages of a pipeline and what each reads",
    load: async () => (await import("./graph.ts")).graphCommand,
  },
  {
    name: "plan",
    summary: "show what a run would do: what is stored, what must run, and why",
    load: async () => (await import("./plan.ts")).planCommand,
  },
  {
    name: "run",
    summary: "run a pipeline: compute what is not stored, and write tables and figures",
    load: async () => (await import("./run.ts")).runCommand,
  },
  {
    name: "status",
    summary: "show how a run goes, or how the last one went: what failed, and why",
    load: async () => (await import("./status.ts")).statusCommand,
  },
  {
    name: "why",
    summary: "show where a result came from, or why it is not there",
    load: async () => (await import("./why.ts")).whyCommand,
  },
  {
    name: "export",
    summary: "write trained networks for other programs: weights, metrics, TensorFlow models",
    load: async () => (await import("./export.ts")).exportCommand,
  },
  {
    name: "cache",
    summary: "care for the store: list, verify and clean up what is kept of earlier runs",
    load: async () => (await import("./cache.ts")).cacheCommand,
  },
  {
    name: "doctor",
    summary: "say what is there and what is missing on this machine",
    load: async () => (await import("./doctor.ts")).doctorCommand,
  },
  {
    name: "setup",
    summary: "install the engine (libtensorflow), once a machine",
    load: async () => (await import("./setup.ts")).setupCommand,
  },
  {
    name: "schema",
    summary: "print the JSON Schema of pipelines, for editors",
    load: async () => (await import("./schema.ts")).schemaCommand,
  },
  {
    name: "completions",
    summary: "print the completion script of a shell",
    load: async () => (await import("./completions.ts")).completionsCommand,
  },
];
