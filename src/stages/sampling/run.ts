import type { Family } from "../../artifacts/family.ts";
import type { Member, Sample } from "../../artifacts/sample.ts";
import type { MemberSettings } from "../../artifacts/settings.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { type Digest, digestOf } from "../../core/digest.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { checkDraws } from "./check_draws.ts";
import { type Drawn, drawSettings, MAX_ATTEMPTS } from "./draw.ts";
import { endlessSettings, gridPoints, gridSize } from "./grid.ts";
import type { SamplingConfig } from "./schema.ts";

/** More members than this are a mistake, or too many to plan with. */
export const MAX_MEMBERS = 1_000_000;

/** Members of a family: fully specified, each with a seed that depends on sampling, place, replicate and training split. */
export function drawMembers(family: Family, config: SamplingConfig): Result<Sample, readonly Problem[]> {
  const problems = checkSampling(config);
  if (problems.length > 0) return fail(problems);
  return config.method === "random" ? drawRandom(family, config) : takeGrid(family, config);
}

/** Settings of a sampling that do not go together. */
export function checkSampling({ method, count, replicates }: SamplingConfig): readonly Problem[] {
  if (method === "grid" && count !== undefined) {
    const message = `Cannot use a count of ${count} with method "grid": a grid has all combinations`;
    return [{
      code: "unused-setting",
      message,
      at: ["count"],
      on: "key",
      help: "leave it out, or use method random",
    }];
  }
  if (method === "random" && count === undefined) {
    const help = "count: how many draws are made";
    return [{
      code: "missing-key",
      message: 'Cannot draw at random: "count" is missing',
      at: ["method"],
      help,
    }];
  }
  return tooMany((count ?? 1) * replicates, ["count"]);
}

/** How many members a sampling lists at most: exclusions leave out points of a grid. */
export function sampleSize(family: Family, { method, count = 0, replicates }: SamplingConfig): number {
  const size = method === "random" ? count : gridSize(family);
  return Number.isFinite(size) ? size * replicates : 0; // a grid without end is refused
}

function drawRandom(family: Family, config: SamplingConfig): Result<Sample, readonly Problem[]> {
  const { count = 0, seed } = config;
  const draws: Drawn[] = [];
  for (let index = 1; index <= count; index++) {
    const { case: from, settings } = drawSettings(family, seed, index);
    if (settings === undefined) return fail([nothingLeft(family, index, from)]);
    draws.push({ case: from, settings });
  }
  const problems = checkDraws(family, draws, "draws");
  if (problems.length > 0) return fail(problems);
  const members = draws.flatMap((drawn, i) =>
    replicatesOf(family, config, drawn, { id: String(i + 1), index: i + 1, key: i + 1 })
  );
  return ok({ dataset: family.dataset, members });
}

function takeGrid(family: Family, config: SamplingConfig): Result<Sample, readonly Problem[]> {
  const endless = endlessSettings(family);
  if (endless.length > 0) return fail(endless.map(withoutSteps));
  const problems = tooMany(gridSize(family) * config.replicates, ["method"]);
  if (problems.length > 0) return fail(problems);
  const points = gridPoints(family);
  if (points.length === 0) return fail([emptyGrid(family)]);
  const impossible = checkDraws(family, points, "points of the grid");
  if (impossible.length > 0) return fail(impossible);
  const ids = shortNames(points.map(({ digest }) => digest));
  const members = points.flatMap((point, i) =>
    replicatesOf(family, config, point, {
      id: ids[i]!,
      index: parseInt(point.digest.slice(0, 12), 16),
      key: point.digest,
    })
  );
  return ok({ dataset: family.dataset, members });
}

/** `key`: what stands for the draw in the seeds of its members. */
interface Place {
  readonly id: string;
  readonly index: number;
  readonly key: number | Digest;
}

function replicatesOf(
  family: Family,
  config: SamplingConfig,
  drawn: Drawn,
  { id, index, key }: Place,
): Member[] {
  const { seed, replicates } = config;
  return Array.from({ length: replicates }, (_, i) => {
    const replicate = i + 1;
    const data = family.dataset.splits.train.digest;
    const record = { record: "member-seed/1", seed, index: key, replicate, data };
    return {
      id: replicate === 1 ? id : `${id}.${replicate}`,
      index,
      replicate,
      case: drawn.case,
      seed: digestOf(record).slice(0, 16),
      settings: drawn.settings as unknown as MemberSettings,
    };
  });
}

/** The first 8 digits of each digest, 16 where that is not enough to tell two apart. */
function shortNames(digests: readonly Digest[]): string[] {
  const alike = Map.groupBy(digests, (digest) => digest.slice(0, 8));
  return digests.map((digest) => digest.slice(0, alike.get(digest.slice(0, 8))!.length === 1 ? 8 : 16));
}

function tooMany(members: number, at: readonly string[]): Problem[] {
  if (members <= MAX_MEMBERS) return [];
  const message = `Cannot sample ${members} members: at most ${MAX_MEMBERS} are possible`;
  return [{ code: "too-many-members", message, at, help: "take fewer values, draws or replicates" }];
}

function nothingLeft(family: Family, index: number, own: string | null): Problem {
  const from = own === null ? "" : ` from case "${own}"`;
  const message = `Cannot draw member ${index}${from}: ${MAX_ATTEMPTS} draws in a row are ${refused(family)}`;
  return {
    code: "nothing-left",
    message,
    at: ["family"],
    help: "the family's exclusions leave next to nothing of its domains: loosen them",
  };
}

function emptyGrid(family: Family): Problem {
  const message = `Cannot make a grid: all of its ${gridSize(family)} points are ${refused(family)}`;
  return { code: "nothing-left", message, at: ["family"], help: "loosen the family's exclusions" };
}

/** What a draw is that is not admissible. */
function refused({ impossible }: Family): string {
  return impossible === "skip" ? "excluded or impossible" : "excluded";
}

function withoutSteps(setting: string): Problem {
  const message = `Cannot make a grid over "${setting}": its domain is continuous and has no steps`;
  const help =
    'say how many values to take, e.g. { log_uniform: [0.001, 0.1], steps: 5 }, or use method "random"';
  return { code: "missing-key", message, at: ["method"], help };
}
