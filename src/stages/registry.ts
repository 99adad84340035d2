import type { StageKind } from "../core/stage_kind.ts";
import { analyze } from "./analyze/stage.ts";
import { dataset } from "./dataset/stage.ts";
import { family } from "./family/stage.ts";
import { group } from "./group/stage.ts";
import { plot } from "./plot/stage.ts";
import { sampling } from "./sampling/stage.ts";
import { trainKind } from "./train/stage.ts";

/**
 * All kinds of stages.
 * @param engine Identity of the numerical library: see engine/library/identity.ts
 * @param processor Class of the processors that it runs on: see core/processor.ts
 */
export function stageKinds(engine: string, processor: () => string): readonly StageKind[] {
  return [dataset, family, sampling, trainKind(engine, processor), group, analyze, plot];
}
