import { assertEquals } from "@std/assert";
import { axesNamedIn, partsOf } from "./expressions.ts";
import { parse } from "./parse.ts";

Deno.test("partsOf() takes a text apart into plain stretches and expressions", () => {
  assertEquals(partsOf("plain"), ["plain"]);
  assertEquals(partsOf(""), [""]);
  assertEquals(partsOf("${{ params.a.b }}"), [{
    root: "params",
    names: ["a", "b"],
    text: "${{ params.a.b }}",
  }]);
  assertEquals(partsOf("on ${{matrix.data}}, ${{ params.a }}!"), [
    "on ",
    { root: "matrix", names: ["data"], text: "${{matrix.data}}" },
    ", ",
    { root: "params", names: ["a"], text: "${{ params.a }}" },
    "!",
  ]);
  assertEquals(partsOf("$ { } {{ }} ${ }"), ["$ { } {{ }} ${ }"]);
});

for (
  const [text, why] of [
    ["${{ }}", "it is empty"],
    ["${{ params.a", 'it starts with "${{" and has no "}}"'],
    ["${{ params }}", 'a name after "params." is missing'],
    ["${{ params. }}", "it is more than names with dots between"],
    ["${{ params.a + 1 }}", "it is more than names with dots between"],
    ["${{ params['a'] }}", "it is more than names with dots between"],
    ["${{ env.HOME }}", '"env" is neither "params" nor "matrix"'],
    [`\${{ params.${"a".repeat(10_000)} }}`, "a text with expressions has at most 10000 characters"],
  ] as const
) {
  Deno.test(`partsOf() says of ${text.slice(0, 20)} that ${why}`, () => {
    const [part] = partsOf(text);
    assertEquals(typeof part === "object" && "wrong" in part ? part.wrong : part, why);
  });
}

Deno.test("axesNamedIn() gives each axis that is named at any depth, once", () => {
  const text = "a: ['${{ matrix.x }} ${{ matrix.y.z }}', { b: '${{ matrix.x }}' }]\nc: '${{ params.p }}'\n";
  const document = parse({ path: "a.yaml", text });
  assertEquals(document.ok && [...axesNamedIn(document.value.root.value)], ["x", "y"]);
});
