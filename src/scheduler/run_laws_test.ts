import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { UserError } from "../core/diagnostic.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import { type Claim, Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { fakePlan, type FakeStage, itemsKind, valuesKind, wholeKind } from "./testing/plans.ts";
import { eventsOf, withRuns } from "./testing/runs.ts";

Deno.test("run() of any plan computes each item once, gives the outputs of the plan, and the rest the next time", () =>
  fc.assert(
    fc.asyncProperty(somePlan(), (given) =>
      withRuns(async ({ once }) => {
        const first = new Computed(given.failing);
        const { result, output } = await once(planOf(given, first), given);
        assertEquals(first.twice, []);
        const expected = expectedOf(given);
        assertEquals(result.stages.map(({ node }) => output(node.instance) ?? null), expected.outputs);
        assertEquals(result.ok, expected.failed.size === 0);
        const second = new Computed([]);
        const rest = await once(planOf(given, second), given);
        assert(rest.result.ok);
        assertEquals(
          rest.result.stages.map(({ node }) => rest.output(node.instance)),
          expectedOf({ ...given, failing: [] }).outputs,
        );
        const stored = first.items.filter((item) => !expected.failed.has(item));
        assertEquals(second.items.filter((item) => stored.includes(item)), []);
        assertEquals(second.twice, []);
      })),
    { numRuns: 25 },
  ));

Deno.test("run() takes from others what they make, makes what they give up, and nothing twice", () =>
  fc.assert(
    fc.asyncProperty(someOthers(), ({ others, concurrency }) =>
      withRuns(async ({ once, folder }) => {
        const other = new OtherRun(await Store.open(`${folder}/store`, { cache: `${folder}/cache` }), others);
        const computed = new Computed([]);
        const stages = {
          numbers: { kind: valuesKind(), config: { values: others.map((_, i) => i) } },
          doubled: { kind: itemsKind((work) => computed.double(work)), inputs: { values: "numbers" } },
        };
        const { result, output, events } = await once(fakePlan(stages), { concurrency, clock: other });
        await other.close();
        assert(result.ok);
        assertEquals(output("doubled"), others.map((_, i) => 2 * i));
        assertEquals(computed.twice, []);
        const own = others.flatMap((ending, i) => ending === "makes it" ? [] : [i]);
        assertEquals(computed.items.toSorted((a, b) => a - b), own);
        const waited = eventsOf(events, "item-waits").map(({ item }) => item);
        assertEquals(waited.length, new Set(waited).size);
      })),
    { numRuns: 25 },
  ));

interface GivenPlan {
  readonly concurrency: number;
  /** Each reads one before it: the first number says which. */
  readonly stages: readonly {
    readonly reads: number;
    readonly kind: "items" | "whole";
    readonly limit: number;
  }[];
  /** Items that fail the first time. */
  readonly failing: readonly number[];
}

function somePlan() {
  return fc.record<GivenPlan>({
    concurrency: fc.integer({ min: 1, max: 3 }),
    stages: fc.array(
      fc.record({
        reads: fc.nat(9),
        kind: fc.constantFrom("items", "items", "whole"),
        limit: fc.integer({ min: 1, max: 3 }),
      }),
      { maxLength: 6 },
    ),
    failing: fc.subarray([1, 2, 4, 6, 8, 12]),
  });
}

const VALUES = [1, 2, 3, 2];

/** What was computed: items double, and whole stages hand their input on. */
class Computed {
  readonly items: number[] = [];

  constructor(private readonly failing: readonly number[]) {}

  get twice(): number[] {
    return this.items.filter((item, i) => this.items.indexOf(item) !== i);
  }

  async double(work: Json): Promise<Json> {
    const number = Number(work);
    this.items.push(number);
    await new Promise((resolve) => setTimeout(resolve, number % 3));
    if (this.failing.includes(number)) throw new UserError("no");
    return 2 * number;
  }
}

function planOf({ stages, concurrency: _ }: GivenPlan, computed: Computed) {
  const fakes: Record<string, FakeStage> = { s0: { kind: valuesKind(), config: { values: VALUES } } };
  for (const [i, { reads, kind, limit }] of stages.entries()) {
    const from = `s${reads % (i + 1)}`;
    fakes[`s${i + 1}`] = kind === "items"
      ? {
        kind: itemsKind((work) => computed.double(work), {
          collect: (_config, _inputs, _items, outcomes) =>
            Promise.resolve(outcomes.filter((one) => one !== null)),
        }),
        inputs: { values: from },
        limits: { concurrency: limit },
      }
      : { kind: wholeKind((of) => of), inputs: { of: from }, limits: { resources: { one: 1 } } };
  }
  return fakePlan(fakes, { resources: { one: 1 } });
}

/** The outputs of the stages in order, null where there is none, and the items that failed. */
function expectedOf({ stages, failing }: GivenPlan) {
  const outputs: (readonly number[] | null)[] = [VALUES];
  const failed = new Set<number>();
  for (const [i, { reads, kind }] of stages.entries()) {
    const input = outputs[reads % (i + 1)]!;
    if (input === null || kind === "whole") {
      outputs.push(input);
      continue;
    }
    const made = input.filter((item) => !failing.includes(item));
    for (const item of input) if (failing.includes(item)) failed.add(item);
    outputs.push(made.length === 0 ? null : made.map((item) => 2 * item));
  }
  return { outputs, failed };
}

type Ending = "makes it" | "gives it up" | "has none of it";

function someOthers() {
  return fc.record({
    others: fc.array(fc.constantFrom<Ending>("makes it", "gives it up", "has none of it"), {
      minLength: 1,
      maxLength: 8,
    }),
    concurrency: fc.integer({ min: 1, max: 3 }),
  });
}

/** Another run, which has begun to make items. Each time that this one looks again, it ends one of them. */
class OtherRun implements Clock {
  readonly #claims: { readonly claim: Claim; readonly identity: Digest; readonly i: number }[] = [];

  constructor(private readonly store: Store, private readonly endings: readonly Ending[]) {
    for (const [i, ending] of endings.entries()) {
      const identity = digestOf({ record: "item/1", work: i } as { readonly record: string });
      if (ending !== "has none of it") this.#claims.push({ claim: store.claim(identity)!, identity, i });
    }
  }

  async pause(): Promise<void> {
    const next = this.#claims.shift();
    if (next === undefined) return await new Promise((resolve) => setTimeout(resolve, 0));
    const { claim, identity, i } = next;
    if (this.endings[i] === "makes it") {
      await this.store.add({ identity, value: 2 * i, objects: [], seconds: 1 });
    }
    claim.release();
  }

  random(): number {
    return 0.5;
  }

  async close(): Promise<void> {
    await this.store.close();
  }
}
