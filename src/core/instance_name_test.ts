import { assertEquals } from "@std/assert";
import { stageOf } from "./instance_name.ts";

Deno.test("stageOf() is the name in front of the axes", () => {
  assertEquals(["draw", "dnn.draw/data=mnist,n=1"].map(stageOf), ["draw", "dnn.draw"]);
});
