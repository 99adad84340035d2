/**
 * A pipeline that trains `models` tiny networks on the digits that come with weft, groups, measures and draws them: every
 * kind of stage, in seconds. Named `small`.
 */
export function smallPipeline(
  { models, epochs }: { readonly models: number; readonly epochs: number },
): string {
  return `
weft: 1
name: small
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: { choice: [1, 2] }, width: { choice: [5, 10, 20] }, activation: relu }
    init: { scheme: he_normal }
    training: { optimizer: { name: adam, learning_rate: { log_uniform: [1.0e-3, 1.0e-2] } }, batch_size: 64 }
  draw: { kind: sampling, family: mlps, method: random, count: ${models}, seed: 1 }
  trained: { kind: train, sample: draw, epochs: ${epochs} }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
  weights: { kind: analyze, population: trained, groups: quality, measures: [statistics, distribution] }
  figure1: { kind: plot, population: trained, groups: quality, figure: convergence }
  figure2: { kind: plot, analysis: weights, figure: weight-statistics }
`;
}
