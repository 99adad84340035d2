import { assertEquals } from "@std/assert";
import { count, duration, runText, wrap } from "./text.ts";

Deno.test("duration() is told in the unit that people think in", () => {
  const told = [0.04, 9.94, 9.97, 42.4, 59.6, 185, 7650].map(duration);
  assertEquals(told, ["0.0 s", "9.9 s", "10.0 s", "42 s", "1:00", "3:05", "2:07:30"]);
});

Deno.test("count() has an s unless there is one", () => {
  assertEquals([0, 1, 2].map((n) => count(n, "model")), ["0 models", "1 model", "2 models"]);
});

Deno.test("wrap() breaks between words, and a word that is too long where the line ends", () => {
  assertEquals(wrap("one two three", 7), ["one two", "three"]);
  assertEquals(wrap("one abcdefghij two", 4), ["one", "abcd", "efgh", "ij", "two"]);
  assertEquals(wrap("ab abcd", 4), ["ab", "abcd"]);
  assertEquals(wrap("", 4), [""]);
  assertEquals(wrap("8 (--set models)", 10), ["8", "(--set mod", "els)"]);
  assertEquals(wrap("8 (--set models)", 15), ["8", "(--set models)"]);
});

Deno.test("runText() names what a run was asked for, as a shell reads it", () => {
  assertEquals(runText("my.yaml", {}), "weft run my.yaml");
  assertEquals(
    runText("my runs.yaml", { set: ["epochs=6", "rule={ kmeans: 3 }"], params: ["a.yaml"], only: "trained" }),
    "weft run 'my runs.yaml' --params a.yaml --set epochs=6 --set 'rule={ kmeans: 3 }' --only trained",
  );
});
