import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Pace } from "./pace.ts";

Deno.test("Pace tells cost and items a second, and nothing before any time has passed", () => {
  const pace = new Pace();
  assertEquals(pace.perSecond(5), undefined);
  pace.add(5, 0);
  assertEquals(pace.perSecond(5), undefined);
  pace.add(15, 20, 1);
  assertEquals(pace.perSecond(15), { cost: 2, items: 0.1 });
});

Deno.test("Pace forgets what was long ago: after slow work it tells the pace of the last minute, then of the last third", () => {
  const pace = new Pace();
  for (let now = 0; now <= 100; now++) pace.add(now, 1, 1);
  for (let now = 101; now <= 160; now++) pace.add(now, 10, 1);
  assertAlmostEquals(pace.perSecond(160)!.cost, 10, 0.2);
  for (let now = 161; now <= 1000; now++) pace.add(now, 4, 1);
  assertAlmostEquals(pace.perSecond(1000)!.cost, 4, 0.1);
});

Deno.test("Pace tells the mean since the beginning while nothing was told for a minute", () => {
  const pace = new Pace();
  pace.add(0, 0);
  pace.add(10, 30, 1);
  assertEquals(pace.perSecond(100)!.cost, 0.3);
});

Deno.test("Pace keeps few samples, however long the work", () => {
  const pace = new Pace();
  for (let now = 0; now < 50_000; now++) pace.add(now, 2, 1);
  assertAlmostEquals(pace.perSecond(50_000)!.cost, 2, 0.01);
});
