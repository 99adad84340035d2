import fc from "fast-check";
import type { GraphSource, PipelineGraph } from "../graph.ts";

/** Two models on two data sets, and a figure of each model over both data sets. */
export const GRID: GraphSource = {
  name: "grid",
  nodes: [
    ...["mnist", "cifar"].map((data) => node("images", "dataset", { data })),
    ...["mnist", "cifar"].map((data) =>
      node("nets", "family", { data }, { dataset: [`images/data=${data}`] })
    ),
    ...["mnist", "cifar"].flatMap((data) =>
      ["a", "b"].map((model) => node("trained", "train", { data, model }, { sample: [`nets/data=${data}`] }))
    ),
    ...["a", "b"].map((model) =>
      node("compare", "plot", { model }, {
        population: [`trained/data=mnist,model=${model}`, `trained/data=cifar,model=${model}`],
        dataset: ["images/data=mnist", "images/data=cifar"],
      }, ["data"])
    ),
  ],
};

/** Any graph without cycles, with names of many lengths. */
export const graphs: fc.Arbitrary<PipelineGraph> = fc.integer({ min: 1, max: 25 }).chain((count) =>
  fc.record({
    names: fc.uniqueArray(fc.stringMatching(/^[a-z][a-z0-9_-]{0,98}(\/data=[^\n\r]{1,20})?$/), {
      minLength: count,
      maxLength: count,
    }),
    kinds: fc.array(fc.constantFrom("train", "plot", "other"), { minLength: count, maxLength: count }),
    instances: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: count, maxLength: count }),
    pairs: fc.uniqueArray(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), {
      maxLength: 2 * count,
      selector: (pair) => pair.toSorted().join(),
    }),
  })
).map(({ names, kinds, instances, pairs }) => ({
  name: "any",
  stages: names.map((name, i) => ({
    name,
    kind: kinds[i]!,
    instances: instances[i]!,
    axes: instances[i]! > 1 ? ["data"] : [],
    gather: instances[i]! === 1 ? ["model"] : [],
  })),
  edges: pairs.filter(([a, b]) => a !== b).map(([a, b]) => ({
    from: names[Math.min(a, b)]!,
    to: names[Math.max(a, b)]!,
    input: "population",
  })),
}));

function node(
  stage: string,
  kind: string,
  coordinates: Record<string, string>,
  inputs: Record<string, string[]> = {},
  gather: string[] = [],
): GraphSource["nodes"][number] {
  const place = Object.entries(coordinates).map(([axis, value]) => `${axis}=${value}`).join();
  return {
    instance: `${stage}/${place}`,
    stage,
    kind: { name: kind },
    inputs: Object.fromEntries(Object.entries(inputs).map(([input, instances]) => [input, { instances }])),
    coordinates,
    gather,
  };
}
