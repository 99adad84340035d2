import type { Groups } from "../../artifacts/groups.ts";
import { METRICS, type Population, type TrainedMember } from "../../artifacts/population.ts";
import { quantileOfSorted } from "../../core/quantile.ts";
import { labelsGiven, labelsOf, TERTILES } from "./rule.ts";
import type { GroupConfig } from "./schema.ts";

type Label = { readonly label: string; readonly why: string };

/**
 * Labels each member: first `diverged`, then `non`, then by the rule the rest, who alone decide quantiles.
 *
 * `non` are members that never left the plateau of a constant guess. The best such guess has the entropy of
 * the labels that the member trained on as its loss (2.3012 nats on MNIST); a member that has learned anything
 * from the images ends far more than `eps` (0.01) below it. A member that ends there but had fallen by `delta`
 * (0.05) before did learn and lost it again, or started worse than a guess: it is poor, not `non`. A member that
 * starts near zero reaches the plateau by falling from ln 10 to the entropy, by 0.0014 nats on MNIST, far less
 * than `delta`. Epochs after that of the final weights do not count.
 */
export function groupMembers(config: GroupConfig, population: Population): Groups {
  const { by, non } = config;
  const metric = metricNamed(by);
  const plateau = non === false ? undefined : plateauOf(non, population.members);
  const early = population.members.map((member) => divergedLabel(member, metric) ?? plateau?.label(member));
  const rest = population.members.filter((_, i) => early[i] === undefined);
  const bounds = boundsOf(config.rule, rest.map((member) => scoreOf(member, metric)!), metric);
  const labels = labelsOf(config.rule);
  return {
    rule: [ruleText(metric, labels, bounds), ...(plateau === undefined ? [] : [plateau.text])].join("; "),
    by,
    thresholds: bounds.map((bound) => metric.sign * bound).sort((a, b) => a - b),
    labels: labelsGiven(config),
    members: population.members.map((member, i) => ({
      id: member.id,
      ...(early[i] ?? boundedLabel(scoreOf(member, metric)!, metric, labels, bounds)),
    })),
    planned: population.planned,
  };
}

/**
 * Scores are metrics turned so that more is better: losses change their sign. Bounds are scores, ascending.
 */
interface Metric {
  readonly name: string;
  readonly sign: 1 | -1;
  readonly of: (member: TrainedMember) => number | null;
}

/** `checkMetric` has found it among the columns, which are those of {@link METRICS}. */
function metricNamed(name: string): Metric {
  const { column, of } = METRICS.find(({ column }) => column.name === name)!;
  return { name, sign: column.better === "high" ? 1 : -1, of };
}

function scoreOf(member: TrainedMember, { sign, of }: Metric): number | null {
  const value = of(member);
  return value === null || !Number.isFinite(value) ? null : sign * value;
}

function divergedLabel(member: TrainedMember, metric: Metric): Label | undefined {
  if (member.status === "diverged") {
    const first = member.epochs.find(({ train_loss, test_loss }) =>
      train_loss === null || test_loss === null
    );
    return {
      label: "diverged",
      why: `loss not finite${first === undefined ? "" : ` in epoch ${first.epoch}`}`,
    };
  }
  return scoreOf(member, metric) === null
    ? { label: "diverged", why: `final ${metric.name} not finite` }
    : undefined;
}

function plateauOf(
  { eps, delta }: { eps: number; delta: number },
  members: readonly TrainedMember[],
) {
  const levels = [...new Set(members.map(({ label_entropy }) => label_entropy - eps))];
  const common = levels.length === 1
    ? short(levels[0]!)
    : `the entropy of the labels of each model less ${short(eps)}`;
  const text = `non: train_loss > ${common}, largest drop < ${short(delta)}`;
  const label = ({ epochs, best_epoch, label_entropy }: TrainedMember): Label | undefined => {
    const level = label_entropy - eps;
    const rows = epochs.slice(0, best_epoch ?? epochs.length);
    const losses = rows.map((row) => row.train_loss).filter((loss) => loss !== null);
    const [last, drop] = [losses.at(-1), largestDrop(losses)];
    if (last === undefined || last <= level || drop >= delta) return undefined;
    return {
      label: "non",
      why: `train_loss ${long(last)} > ${long(level)}, largest drop ${long(drop)} < ${long(delta)}`,
    };
  };
  return { text, label };
}

/** The most by which a value lies below one before it; 0 where values never fall. */
function largestDrop(values: readonly number[]): number {
  let [highest, drop] = [-Infinity, 0];
  for (const value of values) {
    highest = Math.max(highest, value);
    drop = Math.max(drop, highest - value);
  }
  return drop;
}

/**
 * The bounds between the rule's labels; none where bounds are quantiles and there is nothing to take them of.
 */
function boundsOf(rule: GroupConfig["rule"], scores: readonly number[], { sign }: Metric): number[] {
  if (rule !== "tertiles" && "thresholds" in rule) {
    return rule.thresholds.map((bound) => sign * bound).sort((a, b) => a - b);
  }
  const sorted = scores.toSorted((a, b) => a - b);
  if (sorted.length === 0) return [];
  return (rule === "tertiles" ? TERTILES : rule.quantiles).map((q) => quantileOfSorted(sorted, q));
}

function boundedLabel(
  score: number,
  { name, sign }: Metric,
  labels: readonly string[],
  bounds: readonly number[],
): Label {
  const rank = bounds.filter((bound) => bound <= score).length;
  const [reached, missed] = [bounds[rank - 1], bounds[rank]];
  const [atLeast, worse] = sign === 1 ? [">=", "<"] : ["<=", ">"];
  const sides = [
    ...(reached === undefined ? [] : [`${atLeast} ${long(sign * reached)}`]),
    ...(missed === undefined ? [] : [`${worse} ${long(sign * missed)}`]),
  ];
  return { label: labels[rank]!, why: `${name} ${long(sign * score)} ${sides.join(" and ")}` };
}

/** "test_accuracy: low < 0.9126 <= mid < 0.9471 <= high"; for a loss with > and >=. */
function ruleText({ name, sign }: Metric, labels: readonly string[], bounds: readonly number[]): string {
  if (bounds.length === 0) return `${name}: ${labels.join(", ")} by quantiles of no models`;
  const [worse, atLeast] = sign === 1 ? ["<", "<="] : [">", ">="];
  const steps = bounds.map((bound, i) => ` ${worse} ${short(sign * bound)} ${atLeast} ${labels[i + 1]}`);
  return `${name}: ${labels[0]}${steps.join("")}`;
}

/** For captions. */
function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** For the numbers of one member, which may lie close to a bound. */
function long(value: number): string {
  return String(Number(value.toPrecision(7)));
}
