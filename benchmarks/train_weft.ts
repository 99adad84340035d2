/**
 * Trains networks by weft's engine alone, one after the other: `train_weft.ts MEMBERS EPOCHS OUT`. It reads and writes
 * what the peers do.
 */
import type { MemberSettings } from "../src/artifacts/settings.ts";
import { SOURCES } from "../src/engine/data/sources.ts";
import { engineEnvironment } from "../src/engine/environment.ts";
import type { Program } from "../src/engine/program.ts";
import { Runtime } from "../src/engine/runtime.ts";
import { trainMember } from "../src/engine/training.ts";
import { programKey } from "../src/engine/program_key.ts";
import type { Command } from "./measure.ts";
import type { TrainedPeerMember, Training, TrainingFiles, TrainingResult } from "./peers.ts";
import type { BenchMember } from "./populations.ts";

type Epoch = TrainedPeerMember["epochs"][number];

const BATCH = 64;

export function weftTrainingCommand({ epochs }: Training, { members, out }: TrainingFiles): Command {
  return {
    program: Deno.execPath(),
    args: ["run", "--quiet", "-A", import.meta.filename!, members, `${epochs}`, out],
    env: engineEnvironment(),
  };
}

async function main([members, epochs, out]: readonly string[]): Promise<void> {
  const runtime = Runtime.open();
  const trained: TrainedPeerMember[] = [];
  for (const member of JSON.parse(await Deno.readTextFile(members!))) {
    trained.push(await train(runtime, member, Number(epochs)));
  }
  const result: TrainingResult = { peer: "weft", wall_seconds: performance.now() / 1000, members: trained };
  await Deno.writeTextFile(out!, JSON.stringify(result));
}

async function train(runtime: Runtime, member: BenchMember, epochs: number): Promise<TrainedPeerMember> {
  const { dataset } = SOURCES[member.dataset];
  const settings = settingsOf(member);
  const key = programKey(dataset, { settings });
  return await runtime.withData(dataset, (data) => {
    const began = performance.now();
    return runtime.withProgram(key, data, async (program) => ({
      ...member,
      epochs: await timedEpochs(program, settings, member.seed, epochs, began),
    }));
  });
}

function settingsOf({ architecture, scheme }: BenchMember): MemberSettings {
  return {
    architecture,
    init: { scheme, scale: 1 },
    training: { optimizer: { name: "adam", learning_rate: 1e-3 }, batch_size: BATCH },
  };
}

/** Trains, and takes the time of each epoch, the first one from `began` on, and, apart, of its evaluation. */
async function timedEpochs(
  program: Program,
  settings: MemberSettings,
  seed: number,
  count: number,
  began: number,
): Promise<Epoch[]> {
  const epochs: Epoch[] = [];
  let testSeconds = 0;
  const evaluate = program.evaluate.bind(program);
  program.evaluate = async (split) => {
    const began = performance.now();
    const result = await evaluate(split);
    testSeconds = (performance.now() - began) / 1000;
    return result;
  };
  await trainMember(program, settings, {
    seed: seed.toString(16).padStart(16, "0"),
    epochs: count,
    signal: new AbortController().signal,
    progress: (_, last) => {
      if (last === undefined || last.epoch === epochs.length) return; // within an epoch
      const now = performance.now();
      epochs.push({
        train_loss: last.train_loss ?? NaN,
        test_accuracy: last.test_accuracy,
        train_seconds: (now - began) / 1000 - testSeconds,
        test_seconds: testSeconds,
      });
      began = now;
    },
  });
  return epochs;
}

if (import.meta.main) await main(Deno.args);
