import { assertEquals } from "@std/assert";
import { alignColumns, count, duration } from "./text.ts";

Deno.test("alignColumns() aligns the cells and cuts what is wider than the line", () => {
  assertEquals(alignColumns([["a", "long"], ["bcd", "x", "and more"]], 14), ["a    long", "bcd  x     an…"]);
});

Deno.test("duration() is told in the unit that people think in", () => {
  const told = [0.04, 9.94, 9.97, 42.4, 59.6, 185, 7650].map(duration);
  assertEquals(told, ["0.0 s", "9.9 s", "10.0 s", "42 s", "1:00", "3:05", "2:07:30"]);
});

Deno.test("count() has an s unless there is one", () => {
  assertEquals([0, 1, 2].map((n) => count(n, "model")), ["0 models", "1 model", "2 models"]);
});
