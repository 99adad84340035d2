import { assertEquals } from "@std/assert";
import type { InputOutlook, InputOutlooks } from "../core/stage_kind.ts";
import { checkSamePopulation } from "./groups.ts";

Deno.test("checkSamePopulation() finds nothing where each of the groups labels the population beside it", () => {
  assertEquals(placesIn(["t1", "t2"], ["t1", "t2"]), []);
  assertEquals(placesIn(["t1"], ["t1", "t1"]), []);
  assertEquals(placesIn(["t1", "t1"], ["t1"]), []);
  assertEquals(checkSamePopulation("q1", { groups: groups(["t1"]) }), []);
});

Deno.test("checkSamePopulation() points at groups of another population, in a list at each stage once", () => {
  assertEquals(placesIn(["t1"], ["t2"]), ["groups"]);
  assertEquals(placesIn(["t1", "t2"], ["t2", "t1"]), ["groups.0", "groups.1"]);
  assertEquals(placesIn(["t1"], ["t1", "t2", "t2"]), ["groups.1", "groups.2"]);
  assertEquals(placesIn(["t1", "t2"], ["t1"]), ["groups"]);
  assertEquals(checkSamePopulation(["q"], outlooks(["t1"], ["t2"])).map(({ at }) => at), [["groups", 0]]);
  const gathered = outlooks(["t/n=1", "t/n=2"], ["t/n=2", "t/n=1"]);
  assertEquals(checkSamePopulation("q", gathered).map(({ at }) => at), [["groups"]]);
});

Deno.test("checkSamePopulation() tells apart instances of one stage, and names them", () => {
  assertEquals(checkSamePopulation("q0", outlooks(["t/n=1"], ["t/n=2"])), [{
    code: "other-population",
    message: 'Cannot label the models of "t/n=1" by "q0": it groups the models of "t/n=2"',
    at: ["groups"],
    help: 'let "groups" name a stage that groups "t/n=1", or "population" name "t/n=2"',
  }]);
});

/** @param read the population that each of the groups is of */
function placesIn(population: readonly string[], read: readonly string[]): string[] {
  const setting = read.length === 1 ? "q0" : read.map((_, i) => `q${i}`);
  return checkSamePopulation(setting, outlooks(population, read)).map(({ at }) => at.join("."));
}

function outlooks(population: readonly string[], read: readonly string[]): InputOutlooks {
  return { population: population.map((name) => outlook(name, {})), groups: groups(read) };
}

function groups(read: readonly string[]): InputOutlook[] {
  return read.map((name, i) => outlook(`q${i}`, { population: [name] }));
}

function outlook(instance: string, reads: InputOutlook["reads"]): InputOutlook {
  return { labels: { stage: instance }, instance, reads, tables: () => ({}) };
}
