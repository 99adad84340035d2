import { assert, assertEquals } from "@std/assert";

const SRC = new URL("../src/", import.meta.url).href;

/** Which folders of src/ each folder may import, besides itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  artifacts: ["core"],
  language: ["core"],
  store: ["core"],
  engine: ["core", "artifacts"],
  compiler: ["core", "language"],
  scheduler: ["core", "compiler", "store"],
  stages: ["core", "artifacts", "engine"],
  report: ["core", "artifacts", "store"],
  graph: ["core"],
  export: ["core", "artifacts", "report"],
  sources: ["core", "language"],
  care: ["core", "sources", "language", "compiler", "store", "scheduler", "report"],
  commands: [
    "core",
    "artifacts",
    "sources",
    "language",
    "compiler",
    "store",
    "scheduler",
    "engine",
    "stages",
    "report",
    "export",
    "care",
  ],
  cli: ["mod.ts"],
};
/** Folders whose results are functions of what they are given. */
const PURE = ["artifacts", "compiler", "language", "stages"];

interface Import {
  /** Path below src/. */
  readonly from: string;
  readonly specifier: string;
  /** Path below src/; undefined for what is not in it. */
  readonly to: string | undefined;
  readonly typeOnly: boolean;
}

const files = sourceFiles();
/** The files of src/ itself, mod.ts and worker.ts, may import all. */
const ROOTS = files.filter((path) => !path.includes("/"));
const imports = await importsOf(files);

Deno.test("A folder of src/ imports only what it may", () => {
  const wrong = imports.filter(({ from, to }) => {
    const [source, target] = [folder(from), to && folder(to)];
    if (target === undefined || source === target || ROOTS.includes(from)) return false;
    return !MAY_IMPORT[source]?.includes(target);
  });
  assertEquals(wrong.map(told), []);
});

Deno.test("Each folder of src/ has a line in the table, and each line a folder", () => {
  const folders = new Set(files.map(folder));
  assertEquals([...folders].filter((name) => !ROOTS.includes(name)).sort(), Object.keys(MAY_IMPORT).sort());
});

Deno.test("No stage kind imports another: what one hands another is an artifact", () => {
  const kind = (path: string) => /^stages\/([^/]+)\//.exec(path)?.[1];
  const wrong = imports.filter(({ from, to = "" }) =>
    kind(from) !== undefined && kind(to) !== undefined && kind(from) !== kind(to)
  );
  assertEquals(wrong.map(told), []);
});

Deno.test("The engine alone imports TensorFlow.js", () => {
  const tensorflow = imports.filter(({ specifier }) => specifier.startsWith("@tensorflow/"));
  assert(tensorflow.length > 0);
  assertEquals(
    tensorflow.filter(({ from, typeOnly }) => !typeOnly && folder(from) !== "engine").map(told),
    [],
  );
});

Deno.test("Packages have their versions in deno.json alone", () => {
  assertEquals(imports.filter(({ specifier }) => /^(npm|jsr|https?):/.test(specifier)).map(told), []);
});

Deno.test("What is pure has no clock and no random numbers but the seeded ones", () => {
  const impure =
    /\bMath\.random\b|\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bcrypto\.(randomUUID|getRandomValues)\b/;
  const wrong = files.filter((path) =>
    PURE.includes(folder(path)) && !path.endsWith("_test.ts") &&
    impure.test(Deno.readTextFileSync(new URL(SRC + path)))
  );
  assertEquals(wrong, []);
});

function sourceFiles(below = ""): string[] {
  return [...Deno.readDirSync(new URL(SRC + below))].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return sourceFiles(`${below}${name}/`);
    return name.endsWith(".ts") ? [below + name] : [];
  });
}

/** What Deno itself finds in the files: statements, import() of a literal, and import types. */
async function importsOf(files: readonly string[]): Promise<Import[]> {
  const all = files.map((path) => `import ${JSON.stringify(SRC + path)};`).join("");
  const args = ["info", "--json", `data:application/typescript,${encodeURIComponent(all)}`];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args }).output();
  assertEquals(code, 0);
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: readonly Module[] };
  return modules.filter(({ specifier }) => specifier.startsWith(SRC)).flatMap((
    { specifier, dependencies = [] },
  ) =>
    dependencies.map((dependency) => ({
      from: below(specifier)!,
      specifier: dependency.specifier,
      to: below((dependency.code ?? dependency.type)?.specifier),
      typeOnly: dependency.code === undefined,
    }))
  );
}

/** Of the output of `deno info --json`. */
interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

function below(url: string | undefined): string | undefined {
  return url?.startsWith(SRC) ? url.slice(SRC.length) : undefined;
}

function folder(path: string): string {
  return path.split("/")[0]!;
}

function told({ from, specifier }: Import): string {
  return `${from} imports ${specifier}`;
}
