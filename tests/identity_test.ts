import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { type Digest, digestOf, sha256 } from "../src/core/digest.ts";
import { drawDiagnostic } from "../src/core/draw_diagnostic.ts";
import { fakeKinds } from "../src/language/testing/fake_kinds.ts";
import { compile } from "../src/compiler/compile.ts";
import { planOutputDigest, type StageIdentity, stageIdentity } from "../src/core/identity.ts";

Deno.test("stageIdentity() and planOutputDigest() give the digests that stored results are found by", () => {
  const inputs = { models: [sha256("a"), sha256("b")], like: sha256("c") };
  assertEquals(
    stageIdentity({ kind: "summary", version: 1, config: { title: "One" }, inputs }),
    "6f5e578114d215d2a31b7b0b828dde7d11476a1a50b29a0bbe9a69914d5b83cf" as Digest,
  );
  assertEquals(
    planOutputDigest({ name: "data" }, { source: "mnist" }),
    "20e37cb29fcfea2f9b9b1a184f0154cde42ef8c38e97e14cb61f7cef3e1bd8aa" as Digest,
  );
});

Deno.test("stageIdentity() differs wherever a stage differs", () => {
  const stage = { kind: "summary", version: 1, config: {}, inputs: { models: [sha256("a")] } };
  const others: StageIdentity[] = [
    { ...stage, kind: "other" },
    { ...stage, version: 2 },
    { ...stage, config: { title: "One" } },
    { ...stage, inputs: {} },
    { ...stage, inputs: { models: [sha256("b")] } },
    { ...stage, inputs: { models: sha256("a") } },
  ];
  assertEquals(new Set([stage, ...others].map(stageIdentity)).size, 7);
  assertNotEquals(planOutputDigest({ name: "a" }, {}), planOutputDigest({ name: "b" }, {}));
});

/** Entries of a stage as `key: value` texts, by stage; the second list may be written or left out. */
const STAGES = [
  { name: "images", entries: ["kind: data", "source: mnist"], defaults: ["limit: 100"] },
  {
    name: "nets",
    entries: ["kind: space", "data: {images}", "architecture: { kind: mlp, width: 8 }"],
    defaults: [],
  },
  { name: "trained", entries: ["kind: training", "space: {nets}"], defaults: ["epochs: 5", "rate: 0.001"] },
  { name: "sum", entries: ["kind: summary", "models: {trained}"], defaults: ["title: Summary"] },
  {
    name: "late",
    entries: ["kind: summary", "models: [{trained}]", "like: {sum}", "title: Late"],
    defaults: [],
  },
];

Deno.test("identities stay when keys move, defaults are written out, comments come and stages get other names", () => {
  const writing = fc.record({
    order: fc.shuffledSubarray(STAGES, { minLength: STAGES.length }),
    suffix: fc.stringMatching(/^[a-z0-9_-]{0,8}$/),
    withDefaults: fc.boolean(),
    reversed: fc.boolean(),
    comment: fc.stringMatching(/^[a-z :]*$/),
  });
  const expected = identities(
    written({ order: STAGES, suffix: "", withDefaults: false, reversed: false, comment: "" }),
    "",
  );
  fc.assert(fc.property(writing, (how) => assertEquals(identities(written(how), how.suffix), expected)));
});

Deno.test("identities of a stage and of those that read it change with a setting", () => {
  const text = written({ order: STAGES, suffix: "", withDefaults: true, reversed: false, comment: "" });
  const changed = (from: string, to: string) => {
    const [before, after] = [identities(text, ""), identities(text.replace(from, to), "")];
    return STAGES.map(({ name }) => name).filter((name) => before[name] !== after[name]);
  };
  assertEquals(changed("source: mnist", "source: cifar-10"), ["images", "nets"]); // not in the items here
  assertEquals(changed("width: 8", "width: 9"), ["nets", "trained", "sum", "late"]);
  assertEquals(changed("epochs: 5", "epochs: 6"), ["trained", "sum", "late"]);
  assertEquals(changed("title: Late", "title: Later"), ["late"]);
});

interface Writing {
  readonly order: typeof STAGES;
  readonly suffix: string;
  readonly withDefaults: boolean;
  readonly reversed: boolean;
  readonly comment: string;
}

function written({ order, suffix, withDefaults, reversed, comment }: Writing): string {
  const stages = order.map(({ name, entries, defaults }) => {
    const lines = [...entries, ...(withDefaults ? defaults : [])];
    if (reversed) lines.reverse();
    return [
      `  ${name}${suffix}: # ${comment}`,
      ...lines.map((line) => `    ${line.replace(/\{(\w+)\}/, `$1${suffix}`)}`),
    ];
  });
  return ["weft: 1", "stages:", ...stages.flat(), ""].join("\n");
}

/** By stage: digest of the output, of the identities of the items, or of the stage, its inputs standing for their outputs. */
function identities(text: string, suffix: string): Record<string, Digest> {
  const result = compile({ path: "a.yaml", text }, fakeKinds);
  if (!result.ok) throw new Error(result.error.map((d) => drawDiagnostic(d, () => text)).join("\n"));
  const digests: Record<string, Digest> = {};
  for (const { instance, kind, output, items, identityConfig: config, inputs } of result.value.nodes) {
    const read = Object.entries(inputs).map(([role, { instances, list }]) => {
      const values = instances.map((name) => digests[name.slice(0, name.length - suffix.length)]!);
      return [role, list ? values : values[0]!] as const;
    });
    digests[instance.slice(0, instance.length - suffix.length)] = kind.contract === "plan"
      ? planOutputDigest(kind.output, output)
      : items !== undefined
      ? sha256(items.map(({ identity }) => digestOf(identity)).join())
      : stageIdentity({ kind: kind.name, version: kind.version, config, inputs: Object.fromEntries(read) });
  }
  return digests;
}
