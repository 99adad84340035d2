import { assertEquals } from "@std/assert";
import type { EpochRow } from "../artifacts/population.ts";
import { Course, type Duration } from "./course.ts";
import type { StopRule } from "./stopping.ts";

const STOP: StopRule = { by: "test_loss", patience: 2, min_delta: 0, restore: "last" };

Deno.test("Course is done after its epochs, and stopped early only where its rule left epochs out", () => {
  assertEquals(run({ epochs: 2 }, [3, 2, 1]), { epochs: 2, status: "done", final: 2 });
  assertEquals(run({ epochs: 9, stop: STOP }, [1, 2, 3, 4]), {
    epochs: 3,
    status: "stopped_early",
    final: 3,
  });
  assertEquals(run({ epochs: 3, stop: STOP }, [1, 2, 3, 4]), { epochs: 3, status: "done", final: 3 });
});

Deno.test("Course ends with the best epoch's weights where its rule restores them, also after all its epochs", () => {
  const stop = { ...STOP, restore: "best" } as const;
  assertEquals(run({ epochs: 9, stop }, [2, 1, 3, 4]), { epochs: 4, status: "stopped_early", final: 2 });
  assertEquals(run({ epochs: 3, stop }, [2, 1, 3]), { epochs: 3, status: "done", final: 2 });
  assertEquals(run({ epochs: 2, stop }, [null, null]), { epochs: 2, status: "diverged", final: 2 });
});

Deno.test("Course ends with the first train loss that is not finite, whatever its rule says", () => {
  const course = new Course({ epochs: 9, stop: { ...STOP, restore: "best" } });
  for (const epoch of [1, 2, 3]) course.add(row(epoch, 1 / epoch));
  course.add({ ...row(4, null), train_loss: null });
  assertEquals([course.isOver, course.status, course.finalEpoch], [true, "diverged", 3]);
});

Deno.test("Course has diverged where only the loss of its last weights is not finite, but goes on until a step sees it", () => {
  assertEquals(run({ epochs: 2 }, [1, null]), { epochs: 2, status: "diverged", final: 2 });
  assertEquals(run({ epochs: 3 }, [1, null, 1]), { epochs: 3, status: "done", final: 3 });
  const validation = new Course({ epochs: 1 });
  validation.add({ ...row(1, 1), validation_loss: null, validation_accuracy: 0.1 });
  assertEquals(validation.status, "diverged");
});

/** Adds rows with these test losses until the course is over. */
function run(duration: Duration, losses: readonly (number | null)[]) {
  const course = new Course(duration);
  for (const [i, loss] of losses.entries()) {
    if (!course.isOver) course.add(row(i + 1, loss));
  }
  return { epochs: course.rows.length, status: course.status, final: course.finalEpoch };
}

function row(epoch: number, test_loss: number | null): EpochRow {
  return { epoch, train_loss: 1, train_accuracy: 0.5, test_loss, test_accuracy: 0.5 };
}
