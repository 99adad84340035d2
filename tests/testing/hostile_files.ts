/** Files that mean to break what reads them: each with the code of a diagnostic that it must get. */

export interface HostileFile {
  readonly what: string;
  readonly text: () => string;
  /** The codes of its problems that must be there; empty: it is valid. */
  readonly codes: readonly string[];
  /** Files that it imports, by their paths from its folder. */
  readonly imports?: () => Readonly<Record<string, string>>;
}

const MEBI = 1_000_000;
/** Characters, a little less than are read. */
const NEARLY = 3.9 * MEBI;
const DATA = "{ kind: dataset, source: mnist }";
const HEAD = "weft: 1\nname: hostile\n";
const GOOD = `${HEAD}stages:\n  d: ${DATA}\n`;
/** Names that objects of JavaScript have already. */
export const INHERITED = ["constructor", "toString", "hasOwnProperty", "valueOf", "isPrototypeOf"] as const;

export const hostileFiles: readonly HostileFile[] = [
  // aliases
  {
    what: "an alias bomb",
    text: () => `${HEAD}${bomb("x-", "[", "]")}stages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "an alias bomb of maps",
    text: () => `${HEAD}${mapBomb()}stages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "an alias bomb through <<",
    text: () => `${HEAD}${mergeBomb()}stages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "<< of the same large map ten thousand times",
    text: () =>
      `${HEAD}x-a: &a {${keys(1000)}}\nx-b: [${
        repeat(10_000, () => "{<<: *a}", ", ")
      }]\nstages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "one << with a list of ten thousand aliases",
    text: () =>
      `${HEAD}x-a: &a {${keys(80)}}\nx-b: {<<: [${
        repeat(10_000, () => "*a", ", ")
      }]}\nstages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  // sheer size
  {
    what: "ten megabytes on one line",
    text: () => `${GOOD}x-a: ${"x".repeat(9.9 * MEBI)}\n`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of a bad value",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: ${"x".repeat(9.9 * MEBI)} } }\n`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of one key",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: mnist, "${"x".repeat(9.9 * MEBI)}": 1 } }\n`,
    codes: ["too-large"],
  },
  {
    what: "more than ten megabytes",
    text: () => `${GOOD}x-a: ${"x".repeat(11 * MEBI)}\n`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of comments",
    text: () => `${GOOD}${"# comment\n".repeat(0.98 * MEBI)}`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of line ends",
    text: () => `${GOOD}${"\n".repeat(9.9 * MEBI)}`,
    codes: ["too-large"],
  },
  {
    what: "a million keys",
    text: () => `${HEAD}x-a:\n${repeat(MEBI, (i) => `  ${i}: 1\n`)}stages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "a million keys in a flow map",
    text: () => `${HEAD}x-a: {${repeat(MEBI, (i) => `${i}: 1`, ",")}}\nstages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "three million items",
    text: () => `${HEAD}x-a: [${"1,".repeat(3 * MEBI)}]\nstages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "a million items in lines",
    text: () => `${HEAD}x-a:\n${"- 1\n".repeat(2 * MEBI)}stages: { d: ${DATA} }\n`,
    codes: ["too-large"],
  },
  {
    what: "five million open brackets",
    text: () => `${HEAD}x-a: ${"[".repeat(5 * MEBI)}`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of spaces and colons",
    text: () => `${HEAD}${": ".repeat(4.9 * MEBI)}`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of question marks",
    text: () => `${HEAD}${"? ".repeat(4.9 * MEBI)}`,
    codes: ["too-large"],
  },
  { what: "ten megabytes of dashes", text: () => `${HEAD}${"- ".repeat(4.9 * MEBI)}`, codes: ["too-large"] },
  {
    what: "ten megabytes of anchors",
    text: () => `${HEAD}x-a: [${repeat(MEBI, (i) => `&a${i % 97}`, ",")}]`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of quotes",
    text: () => `${HEAD}x-a: ${`"" `.repeat(3 * MEBI)}`,
    codes: ["too-large"],
  },
  {
    what: "ten megabytes of tabs",
    text: () => `${HEAD}${"\t".repeat(9.9 * MEBI)}x: 1`,
    codes: ["too-large"],
  },
  {
    what: "a hundred thousand lines that are not YAML",
    text: () => "a: @x\n".repeat(100_000),
    codes: ["syntax"],
  },
  {
    what: "a hundred thousand equal keys",
    text: () => "a: 1\n".repeat(100_000),
    codes: ["duplicate-key", "more-problems"],
  },
  {
    what: "a hundred thousand unknown anchors",
    text: () => `${HEAD}x-a: &a${"b".repeat(20)} 1\nx-b: [${repeat(100_000, (i) => `*a${i}`, ", ")}]\n`,
    codes: ["unknown-anchor", "more-problems"],
  },
  {
    what: "ten thousand anchors and as many misspelt aliases",
    text: () =>
      `${HEAD}x-a: [${repeat(10_000, (i) => `&anchor${i} 1`, ", ")}]\nx-b: [${
        repeat(10_000, (i) => `*anchro${i}`, ", ")
      }]\n`,
    codes: ["unknown-anchor", "more-problems"],
  },
  // nearly as much as is read
  { what: "four megabytes on one line", text: () => `${GOOD}x-a: ${"x".repeat(NEARLY)}\n`, codes: [] },
  {
    what: "a bad value of four megabytes",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: ${"x".repeat(NEARLY)} } }\n`,
    codes: ["bad-value"],
  },
  {
    what: "a key of four megabytes in quotes",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: mnist, ? "${"x".repeat(NEARLY)}" : 1 } }\n`,
    codes: ["unknown-key"],
  },
  { what: "four megabytes of escapes", text: () => `${GOOD}x-a: "${"\\n".repeat(NEARLY / 2)}"\n`, codes: [] },
  {
    what: "a line of four megabytes that is no YAML",
    text: () => `${GOOD}x-a: @${"x".repeat(NEARLY)}\n`,
    codes: ["syntax"],
  },
  {
    what: "an expression of four megabytes",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: "\${{ params.${"a".repeat(NEARLY)} }}" } }\n`,
    codes: ["bad-expression"],
  },
  {
    what: "a hundred thousand expressions that do not end",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: "${"\${{".repeat(100_000)}" } }\n`,
    codes: ["bad-expression"],
  },
  {
    what: "an expression of a hundred thousand names",
    text: () =>
      `${HEAD}params: { a: 1 }\nstages: { d: { kind: dataset, source: "\${{ params.a${
        ".a".repeat(100_000)
      } }}" } }\n`,
    codes: ["bad-expression"],
  },
  {
    what: "a text of a thousand expressions",
    text: () =>
      `${HEAD}params: { a: mnist }\nstages: { d: { kind: dataset, source: "${
        "\${{params.a}}".repeat(700)
      }" } }\n`,
    codes: ["bad-value"],
  },
  {
    what: "a text of four megabytes that 10,000 stages take from the params",
    text: () =>
      `${HEAD}params: { a: ${"x".repeat(NEARLY / 2)} }\nstages:\n${
        repeat(10_000, (i) => `  d${i}: { kind: dataset, source: "\${{ params.a }}" }\n`)
      }`,
    codes: ["too-large"],
  },
  {
    what: "a hundred thousand brackets that do not close",
    text: () => `${GOOD}x-a: ${"[".repeat(100_000)}\n`,
    codes: ["too-deep"],
  },
  { what: "a hundred thousand items", text: () => `${GOOD}x-a: [${"1,".repeat(100_000)}]\n`, codes: [] },
  // depth
  {
    what: "10,000 levels of flow lists",
    text: () => `${HEAD}x-a: ${"[".repeat(10_000)}${"]".repeat(10_000)}\n`,
    codes: ["too-deep"],
  },
  {
    what: "10,000 levels of flow maps",
    text: () => `${HEAD}x-a: ${"{a: ".repeat(10_000)}${"}".repeat(10_000)}\n`,
    codes: ["too-deep"],
  },
  {
    what: "3,000 levels of block maps",
    text: () => `${HEAD}x-a:\n${repeat(3000, (i) => `${" ".repeat(i + 1)}a:\n`)}`,
    codes: ["too-large"],
  },
  {
    what: "10,000 levels of block lists",
    text: () => `${HEAD}x-a:\n  ${"- ".repeat(10_000)}1\n`,
    codes: ["too-deep"],
  },
  {
    what: "10,000 levels through aliases",
    text: () => `${HEAD}${repeat(10_000, (i) => `x-${i}: &a${i} ${i === 0 ? "1" : `[*a${i - 1}]`}\n`)}`,
    codes: ["too-deep"],
  },
  // characters
  { what: "NUL", text: () => `${GOOD}x-a: "\0"\n`, codes: ["bad-character"] },
  { what: "a file of NUL", text: () => "\0".repeat(9 * MEBI), codes: ["too-large"] },
  {
    what: "what is not UTF-8",
    text: () => `${GOOD}x-a: ${new TextDecoder().decode(new Uint8Array([0xff, 0xfe, 0x80]))}\n`,
    codes: ["not-utf8"],
  },
  { what: "a tab as indentation", text: () => `${HEAD}stages:\n\td: ${DATA}\n`, codes: ["syntax"] },
  // names
  { what: "the key __proto__", text: () => `${HEAD}stages: { __proto__: ${DATA} }\n`, codes: ["bad-key"] },
  {
    what: "the key __proto__ in params",
    text: () => `${HEAD}params: { a: { __proto__: { b: 1 } } }\nstages: { d: ${DATA} }\n`,
    codes: ["bad-key"],
  },
  ...INHERITED.flatMap((name): HostileFile[] => [
    {
      what: `a stage named ${name}`,
      text: () => `${HEAD}stages: { ${name}: ${DATA} }\n`,
      codes: /^[a-z]+$/.test(name) ? [] : ["bad-name"],
    },
    {
      what: `a setting named ${name}`,
      text: () => `${HEAD}stages: { d: { kind: dataset, source: mnist, ${name}: 1 } }\n`,
      codes: ["unknown-key"],
    },
    { what: `a top-level key ${name}`, text: () => `${GOOD}${name}: 1\n`, codes: ["unknown-key"] },
    { what: `a kind ${name}`, text: () => `${HEAD}stages: { d: { kind: ${name} } }\n`, codes: ["bad-value"] },
    {
      what: `a reference to ${name}`,
      text: () => `${GOOD}  f: { kind: train, epochs: 1, sample: ${name} }\n`,
      codes: ["unknown-stage"],
    },
    {
      what: `an unknown param ${name}`,
      text: () =>
        `${HEAD}params: { a: {b: mnist} }\nstages: { d: { kind: dataset, source: "\${{ params.${name} }}" }, e: { kind: dataset, source: "\${{ params.a.${name} }}" } }\n`,
      codes: ["unknown-param", "unknown-field"],
    },
    {
      what: `an unknown axis ${name}`,
      text: () =>
        `${HEAD}matrix: { a: [mnist] }\nstages: { d: { kind: dataset, source: "\${{ matrix.${name} }}" }, e: { kind: dataset, source: "\${{ matrix.a.${name} }}" } }\n`,
      codes: ["unknown-axis", "unknown-field"],
    },
    {
      what: `an unknown axis ${name} of a reference`,
      text: () =>
        `${HEAD}matrix: { a: [mnist] }\nstages: { d: { kind: dataset, source: "\${{ matrix.a }}" }, f: { kind: train, epochs: 1, sample: d/${name}=1 } }\n`,
      codes: ["wrong-artifact"],
    },
    {
      what: `exclude of an unknown axis ${name}`,
      text: () =>
        `${HEAD}matrix: { a: [mnist], exclude: [{ ${name}: 1 }] }\nstages: { d: { kind: dataset, source: "\${{ matrix.a }}" } }\n`,
      codes: ["unknown-axis"],
    },
  ]),
  {
    what: "the param constructor",
    text: () =>
      `${HEAD}params: { constructor: mnist }\nstages: { d: { kind: dataset, source: "\${{ params.constructor }}" } }\n`,
    codes: [],
  },
  {
    what: "the axis constructor",
    text: () =>
      `${HEAD}matrix: { constructor: [mnist, mnist-10k] }\nstages: { d: { kind: dataset, source: "\${{ matrix.constructor }}" } }\n`,
    codes: [],
  },
  {
    what: "the import constructor",
    text: () =>
      `${HEAD}imports: { constructor: ./a.yaml }\nstages: { s: { kind: plot, population: constructor.constructor, figure: convergence } }\n`,
    codes: ["wrong-artifact"],
    imports: () => ({ "a.yaml": `weft: 1\nname: a\nstages: { constructor: ${DATA} }\n` }),
  },
  // many mistakes
  {
    what: "10,000 misspelt references",
    text: () =>
      `${GOOD}${repeat(10_000, (i) => `  trained-${i}: { kind: train, epochs: 1, sample: sampel-${i} }\n`)}`,
    codes: ["unknown-stage", "more-problems"],
  },
  {
    what: "10,000 references to stages of another artifact",
    text: () => `${GOOD}${repeat(10_000, (i) => `  t${i}: { kind: train, epochs: 1, sample: d }\n`)}`,
    codes: ["wrong-artifact", "more-problems"],
  },
  {
    what: "10,000 references to stages of another artifact, each another",
    text: () =>
      `${GOOD}${
        repeat(5000, (i) => `  d${i}: ${DATA}\n  t${i}: { kind: train, epochs: 1, sample: d${i} }\n`)
      }`,
    codes: ["wrong-artifact"],
  },
  {
    what: "10,000 bad keys of one stage",
    text: () =>
      `${HEAD}stages:\n  d: { kind: dataset, source: mnist, ${
        repeat(10_000, (i) => `sourc${i}: 1`, ", ")
      } }\n`,
    codes: ["unknown-key"],
  },
  {
    what: "10,000 stages with a bad key",
    text: () =>
      `${HEAD}stages:\n${repeat(10_000, (i) => `  d${i}: { kind: dataset, source: mnist, sourc: 1 }\n`)}`,
    codes: ["unknown-key", "more-problems"],
  },
  {
    what: "10,000 stages of an unknown kind",
    text: () => `${HEAD}stages:\n${repeat(10_000, (i) => `  d${i}: { kind: datset }\n`)}`,
    codes: ["bad-value", "more-problems"],
  },
  {
    what: "10,000 bad top-level keys",
    text: () => `${GOOD}${repeat(10_000, (i) => `stage${i}: 1\n`)}`,
    codes: ["unknown-key", "more-problems"],
  },
  {
    what: "10,000 bad names of stages",
    text: () => `${HEAD}stages:\n${repeat(10_000, (i) => `  D${i}: ${DATA}\n`)}`,
    codes: ["bad-name", "more-problems"],
  },
  {
    what: "a cycle of 10,000 stages",
    text: () =>
      `${HEAD}stages:\n${
        repeat(10_000, (i) => `  s${i}: { kind: train, epochs: 1, sample: s${(i + 1) % 10_000} }\n`)
      }`,
    codes: ["cycle"],
  },
  {
    what: "10,000 cycles",
    text: () =>
      `${HEAD}stages:\n${repeat(10_000, (i) => `  s${i}: { kind: train, epochs: 1, sample: s${i} }\n`)}`,
    codes: ["cycle", "more-problems"],
  },
  {
    what: "a list of 100,000 items of another type",
    text: () => `${GOOD}  p: { kind: plot, population: [${"1,".repeat(100_000)}], figure: convergence }\n`,
    codes: ["wrong-type"],
  },
  {
    what: "a list of 100,000 unknown stages",
    text: () =>
      `${GOOD}  p: { kind: plot, population: [${
        repeat(100_000, (i) => `x${i}`, ",")
      }], figure: convergence }\n`,
    codes: ["unknown-stage", "more-problems"],
  },
  {
    what: "a family with a choice of 100,000 wrong values",
    text: () =>
      `${GOOD}  f: { kind: family, dataset: d, architecture: { kind: mlp, depth: { choice: [${
        repeat(100_000, (i) => `x${i}`, ",")
      }] }, width: 3, activation: relu }, init: { scheme: he_normal }, training: { optimizer: { name: adam, learning_rate: 0.1 }, batch_size: 64 } }\n`,
    codes: ["bad-value"],
  },
  // matrix
  {
    what: "a matrix of 10^9 combinations",
    text: () =>
      `${HEAD}matrix:\n${
        repeat(9, (i) => `  a${i}: [${repeat(10, (j) => `v${j}`, ", ")}]\n`)
      }stages: { d: { kind: dataset, source: "\${{ matrix.a0 }}" } }\n`,
    codes: ["too-many-instances"],
  },
  {
    what: "a matrix of 10^300 combinations",
    text: () =>
      `${HEAD}matrix:\n${
        repeat(300, (i) => `  a${i}: [${repeat(10, (j) => `v${j}`, ", ")}]\n`)
      }stages: { d: { kind: dataset, source: "\${{ matrix.a0 }}" } }\n`,
    codes: ["too-many-instances"],
  },
  {
    what: "10,000 axes of one value",
    text: () =>
      `${HEAD}matrix:\n${
        repeat(10_000, (i) => `  a${i}: [mnist]\n`)
      }stages: { d: { kind: dataset, source: "\${{ matrix.a0 }}" } }\n`,
    codes: ["too-many-axes"],
  },
  {
    what: "an axis of 9,999 values and as many exclusions",
    text: () =>
      `${HEAD}matrix:\n  a: [${repeat(9999, (i) => `{ name: v${i}, of: mnist }`, ", ")}]\n  exclude: [${
        repeat(9998, (i) => `{ a: v${i} }`, ", ")
      }]\nstages: { d: { kind: dataset, source: "\${{ matrix.a.of }}" } }\n`,
    codes: ["too-large"],
  },
  {
    what: "an axis of 100,000 values",
    text: () =>
      `${HEAD}matrix: { a: [${
        repeat(100_000, (i) => `v${i}`, ", ")
      }] }\nstages: { d: { kind: dataset, source: "\${{ matrix.a }}" } }\n`,
    codes: ["too-many-instances"],
  },
  {
    what: "10,000 included combinations",
    text: () =>
      `${HEAD}matrix: { a: [mnist], include: [${
        repeat(10_000, (i) => `{ a: { name: v${i} } }`, ", ")
      }] }\nstages: { d: { kind: dataset, source: "\${{ matrix.a.name }}" } }\n`,
    codes: ["too-large"],
  },
  {
    what: "an axis of 10,000 values that are all wrong where they are used",
    text: () =>
      `${HEAD}matrix: { a: [${
        repeat(10_000, (i) => `v${i}`, ", ")
      }] }\nstages: { d: { kind: dataset, source: "\${{ matrix.a }}" } }\n`,
    codes: ["bad-value"],
  },
  {
    what: "1,000 stages over 10,000 combinations",
    text: () =>
      `${HEAD}matrix: { a: [${repeat(10_000, (i) => `v${i}`, ", ")}] }\nstages:\n${
        repeat(1000, (i) => `  d${i}: { kind: dataset, source: mnist, limit: "\${{ matrix.a }}" }\n`)
      }`,
    codes: ["too-many-instances"],
  },
  // expressions and params
  {
    what: "an expression of ten megabytes",
    text: () =>
      `${HEAD}stages: { d: { kind: dataset, source: "\${{ params.${"a".repeat(9.9 * MEBI)} }}" } }\n`,
    codes: ["too-large"],
  },
  {
    what: "an expression of millions of names",
    text: () =>
      `${HEAD}params: { a: 1 }\nstages: { d: { kind: dataset, source: "\${{ params.a${
        ".a".repeat(4.9 * MEBI)
      } }}" } }\n`,
    codes: ["too-large"],
  },
  {
    what: "a text of a million expressions",
    text: () =>
      `${HEAD}params: { a: mnist }\nstages: { d: { kind: dataset, source: "${
        "\${{params.a}}".repeat(0.7 * MEBI)
      }" } }\n`,
    codes: ["too-large"],
  },
  {
    what: "a million expressions that do not end",
    text: () => `${HEAD}stages: { d: { kind: dataset, source: "${"\${{".repeat(3 * MEBI)}" } }\n`,
    codes: ["too-large"],
  },
  {
    what: "a text that doubles a large param",
    text: () =>
      `${HEAD}params: { a: ${"x".repeat(MEBI)} }\nstages: { d: { kind: dataset, source: "${
        "\${{ params.a }}".repeat(10_000)
      }" } }\n`,
    codes: ["bad-expression"],
  },
  {
    what: "10,000 stages with a large param",
    text: () =>
      `${HEAD}params: { a: [${"1,".repeat(10_000)}] }\nstages:\n${
        repeat(10_000, (i) => `  d${i}: { kind: dataset, source: "\${{ params.a }}" }\n`)
      }`,
    codes: ["too-large"],
  },
  {
    what: "10,000 unknown params",
    text: () =>
      `${HEAD}params: {${repeat(10_000, (i) => `param${i}: 1`, ", ")}}\nstages:\n${
        repeat(10_000, (i) => `  d${i}: { kind: dataset, source: "\${{ params.parma${i} }}" }\n`)
      }`,
    codes: ["unknown-param", "more-problems"],
  },
  {
    what: "an axis of 5,000 values with a large param",
    text: () =>
      `${HEAD}params: { a: [${"1,".repeat(2000)}] }\nmatrix: { m: [${
        repeat(5000, (i) => `v${i}`, ", ")
      }] }\nstages:\n  d: { kind: dataset, source: "\${{ matrix.m }}", classes: "\${{ params.a }}" }\n`,
    codes: ["too-large"],
  },
  // imports
  {
    what: "a file that imports itself",
    text: () => `${HEAD}imports: { a: ./hostile.yaml }\nstages: { d: ${DATA} }\n`,
    codes: ["bad-import"],
  },
  {
    what: "a cycle of imports",
    text: () => `${HEAD}imports: { a: ./a.yaml }\nstages: { d: ${DATA} }\n`,
    codes: ["bad-import"],
    imports: () => ({
      "a.yaml": `${HEAD}imports: { b: ./b.yaml }\nstages: { d: ${DATA} }\n`,
      "b.yaml": `${HEAD}imports: { a: ./a.yaml }\nstages: { d: ${DATA} }\n`,
    }),
  },
  {
    what: "imports that double at each of forty levels",
    text: () => `${HEAD}imports: { a: ./f0.yaml, b: ./f0.yaml }\nstages: { d: ${DATA} }\n`,
    codes: ["bad-import"],
    imports: () =>
      Object.fromEntries(
        Array.from({ length: 40 }, (_, i) => [
          `f${i}.yaml`,
          i === 39
            ? GOOD
            : `${HEAD}imports: { a: ./f${i + 1}.yaml, b: ./f${i + 1}.yaml }\nstages: { d: ${DATA} }\n`,
        ]),
      ),
  },
  {
    what: "a chain of 10,000 imports",
    text: () => `${HEAD}imports: { a: ./f0.yaml }\nstages: { d: ${DATA} }\n`,
    codes: ["bad-import"],
    imports: () =>
      Object.fromEntries(
        Array.from(
          { length: 1000 },
          (_, i) => [`f${i}.yaml`, `${HEAD}imports: { a: ./f${i + 1}.yaml }\nstages: { d: ${DATA} }\n`],
        ),
      ),
  },
  {
    what: "150 imports of a large file",
    text: () => `${HEAD}imports: {${repeat(150, (i) => `a${i}: ./a.yaml`, ", ")}}\nstages: { d: ${DATA} }\n`,
    codes: ["bad-import"],
    imports: () => ({ "a.yaml": `${HEAD}x-a: [${"1,".repeat(200_000)}]\nstages: { d: ${DATA} }\n` }),
  },
  {
    what: "a stage that joins two imports of 3,000 instances each",
    text: () =>
      `${HEAD}imports: { a: ./a.yaml, b: ./b.yaml }\nstages: { p: { kind: plot, population: [a.t, b.t], figure: convergence } }\n`,
    codes: ["too-many-instances"],
    imports: () => ({ "a.yaml": trainedOver("a"), "b.yaml": trainedOver("b") }),
  },
  {
    what: "1,000 stages that gather 3,000 instances each",
    text: () =>
      `${trainedOver("a")}${
        repeat(1000, (i) => `  p${i}: { kind: plot, population: t, gather: [a], figure: convergence }\n`)
      }`,
    codes: ["too-many-instances"],
  },
  // how it runs
  {
    what: "a stage that takes 100,000 resources that there are not",
    text: () => trainedWith("", `resources: {${repeat(100_000, (i) => `k${i}: 1`, ", ")}}`),
    codes: ["unknown-resource", "more-problems"],
  },
  {
    what: "a stage that takes more than there is of 50,000 resources",
    text: () => {
      const amounts = (amount: number) => `resources: {${repeat(50_000, (i) => `k${i}: ${amount}`, ", ")}}`;
      return trainedWith(`${amounts(1)}\n`, amounts(2));
    },
    codes: ["too-much-taken", "more-problems"],
  },
  {
    what: "resources and settings that objects of JavaScript have already",
    text: () => trainedWith("resources: { memory: 1 }\n", "resources: { constructor: 1 }, hasOwnProperty: 1"),
    codes: ["unknown-resource", "unknown-key"],
  },
  {
    what: "1,000 stages limited by 10,000 combinations of axes that they have not",
    text: () =>
      trainedWith(
        `matrix: { a: [${repeat(100, String, ", ")}], b: [${repeat(100, String, ", ")}] }\n`,
        "retries: 1",
      ) +
      repeat(1000, (i) =>
        `  t${i}: { kind: train, sample: s, epochs: ${
          i + 1
        }, timeout: { minutes: "\${{ matrix.a }}" }, retries: "\${{ matrix.b }}" }\n`),
    codes: ["too-many-instances", "unknown-axis"],
  },
  {
    what: "3,000 instances that take 1,000 resources each",
    text: () => {
      const all = `{${repeat(1000, (i) => `k${i}: 1`, ", ")}}`;
      const limits = 'resources: "${{ params.all }}", timeout: { minutes: "${{ matrix.a }}" }';
      return trainedOver("a").replace("matrix:", `params: { all: ${all} }\nresources: ${all}\nmatrix:`)
        .replace(/ \}\n$/, `, ${limits} }\n`);
    },
    codes: ["too-large"],
  },
  {
    what: "10,000 imports that are not there",
    text: () =>
      `${HEAD}imports: {${repeat(10_000, (i) => `a${i}: ./b${i}.yaml`, ", ")}}\nstages: { d: ${DATA} }\n`,
    codes: ["bad-import", "more-problems"],
  },
];

/** A pipeline whose stage `t` is run as some settings say. */
function trainedWith(head: string, limits: string): string {
  return `${HEAD}${head}stages:\n  d: ${DATA}\n` +
    "  f: { kind: family, dataset: d, architecture: { kind: mlp, depth: 1, width: 5 } }\n" +
    "  s: { kind: sampling, family: f, method: random, count: 1 }\n" +
    `  t: { kind: train, sample: s, epochs: 1, ${limits} }\n`;
}

/** Members trained for one to 3,000 epochs. */
function trainedOver(axis: string): string {
  return `weft: 1\nname: over\nmatrix: { ${axis}: [${
    repeat(3000, (i) => `${i + 1}`, ", ")
  }] }\nstages:\n  d: ${DATA}\n` +
    "  f: { kind: family, dataset: d, architecture: { kind: mlp, depth: 1, width: 5 } }\n" +
    "  s: { kind: sampling, family: f, method: random, count: 1 }\n" +
    `  t: { kind: train, sample: s, epochs: "\${{ matrix.${axis} }}" }\n`;
}

function repeat(count: number, make: (i: number) => string, between = ""): string {
  return Array.from({ length: count }, (_, i) => make(i)).join(between);
}

function keys(count: number): string {
  return repeat(count, (i) => `k${i}: 1`, ", ");
}

/** Forty levels, each nine times the one before. */
function bomb(prefix: string, open: string, close: string): string {
  return repeat(40, (i) => {
    const items = Array(9).fill(i === 0 ? "1" : `*a${i - 1}`).join(", ");
    return `${prefix}${i}: &a${i} ${open}${items}${close}\n`;
  });
}

function mapBomb(): string {
  return repeat(40, (i) => {
    const items = repeat(9, (j) => `k${j}: ${i === 0 ? "1" : `*a${i - 1}`}`, ", ");
    return `x-${i}: &a${i} {${items}}\n`;
  });
}

function mergeBomb(): string {
  return repeat(40, (i) => {
    const merged = i === 0 ? keys(9) : `<<: [${Array(9).fill(`*a${i - 1}`).join(", ")}], n${i}: *a${i - 1}`;
    return `x-${i}: &a${i} {${merged}}\n`;
  });
}
