import { dirname } from "node:path";
import type { JsonObject } from "../core/json.ts";

/** What is known of an item that failed. */
export interface FailedItem {
  /** Its stage's instance, and its id. */
  readonly stage: string;
  readonly item: string;
  readonly message: string;
  readonly help?: string;
  readonly stack?: string;
  readonly attempts: number;
  /** How long the last attempt took. */
  readonly seconds: number;
  readonly time: Date;
  /** Digest that its result would be stored under, and what that is of: settings, seed, data, versions. */
  readonly identity?: string;
  readonly decidedBy?: JsonObject;
  /** What its process wrote last. */
  readonly output?: string;
  /** The file with all that the engine process writes, for one that runs there. */
  readonly engineLog?: string;
}

/** Logs of the items that failed: `logs/failed/<stage>/<item>.log`, each until the item succeeds. */
export class FailureLogs {
  /** @param folder `outputs/<pipeline>/logs/failed` */
  constructor(private readonly folder: string) {}

  /** @returns The path of the log. @throws If the file system refuses */
  write(failed: FailedItem): string {
    const path = this.path(failed.stage, failed.item);
    Deno.mkdirSync(dirname(path), { recursive: true });
    Deno.writeTextFileSync(path, logText(failed));
    return path;
  }

  /** Of an item that succeeded. */
  remove(stage: string, item: string): void {
    removeIfThere(this.path(stage, item));
  }

  /** Of a stage whose items all succeeded. */
  removeAll(stage: string): void {
    removeIfThere(`${this.folder}/${safe(stage)}`);
  }

  path(stage: string, item: string): string {
    return `${this.folder}/${safe(stage)}/${safe(item).replaceAll("/", "_")}.log`;
  }
}

function logText(failed: FailedItem): string {
  const { stage, item, message, help, stack, output, engineLog, decidedBy } = failed;
  const facts = [
    `failed:   ${failed.time.toISOString()} on ${Deno.hostname()}, after ${failed.seconds.toFixed(1)} s`,
    `attempts: ${failed.attempts}`,
    ...(failed.identity === undefined ? [] : [`identity: ${failed.identity}`]),
    ...(engineLog === undefined ? [] : [`engine:   all that its process wrote is in ${engineLog}`]),
  ];
  return [
    [`${stage}/${item}: ${message}`, ...(help === undefined ? [] : [`help: ${help}`])].join("\n"),
    facts.join("\n"),
    ...(stack === undefined ? [] : [`Where it happened:\n${stack}`]),
    ...(decidedBy === undefined
      ? []
      : [`What decides its result, its settings and seed among it:\n${JSON.stringify(decidedBy, null, 2)}`]),
    ...(output === undefined ? [] : [`What its process wrote last:
${output}`]),
  ].map((part) => `${part}\n`).join("\n");
}

/** Names hold letters, digits and few signs; whatever else there may be leads nowhere. */
function safe(name: string): string {
  return name.replaceAll(/[^\w.,=+/-]/g, "_").replaceAll(/(^|\/)\.+/g, "$1_");
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
}
