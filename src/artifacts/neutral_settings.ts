import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { MemberSettings } from "./settings.ts";

/**
 * The value of each setting of a member that means the same as its absence. Fixed for ever, while defaults may change: what
 * is named here has no part in the identity of a training, so that a setting that a later version adds retrains nothing.
 */
export const NEUTRAL_SETTINGS: Readonly<Record<string, Json>> = {
  "training.optimizer.weight_decay": 0,
  "training.optimizer.momentum": 0,
  "training.optimizer.nesterov": false,
  "training.schedule.name": "constant",
  "training.schedule.warmup": 0,
  "training.dropout": 0,
  "training.label_smoothing": 0,
  "training.label_noise": 0,
  "training.fraction": 1,
};

/** A member's settings without those that are neutral, and without the maps that hold nothing else. */
export function withoutNeutralSettings(settings: MemberSettings): JsonObject {
  return tellingPart(settings as unknown as JsonObject, "");
}

function tellingPart(map: JsonObject, prefix: string): JsonObject {
  const telling: Record<string, Json> = {};
  for (const [name, value] of Object.entries(map)) {
    const path = `${prefix}${name}`;
    if (!isJsonObject(value)) {
      if (value !== NEUTRAL_SETTINGS[path]) telling[name] = value;
      continue;
    }
    const inner = tellingPart(value, `${path}.`);
    if (Object.keys(inner).length > 0) telling[name] = inner;
  }
  return telling;
}
