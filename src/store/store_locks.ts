import type { Digest } from "../core/digest.ts";
import { mayNotWrite } from "../core/file_failure.ts";
import { type Held, takeFile, tryLock } from "../core/file_lock.ts";
import { once } from "../core/once.ts";
import { pause } from "../core/pause.ts";
import { explainedNow, StoreError } from "./errors.ts";

/** Who uses a store: runs share its lock, what removes from it has it alone; and who makes which result. */
export class StoreLocks {
  readonly #unlocked: () => void;
  readonly #folder: () => string;

  constructor(private readonly root: string, private readonly warn: (message: string) => void) {
    this.#folder = once(() => this.#makeFolder());
    this.#unlocked = once(() => {
      warn(
        `Cannot lock files in "${root}": its file system has no locks; two runs at once may do the same work`,
      );
    });
  }

  /** Takes the making of a result; undefined while another has it, in this process or in another. */
  claim(identity: Digest): Held | undefined {
    return explainedNow(
      `claim result ${identity} in the store "${this.root}"`,
      () => takeFile(`${this.#folder()}/${identity}`, this.#unlocked),
    );
  }

  /**
   * For a run: waits while results are being removed. A store that may not be written needs no lock: nobody removes
   * anything from it either.
   */
  async shared(signal?: AbortSignal): Promise<Held> {
    const tell = once(() =>
      this.warn(`Waiting for the store "${this.root}": results are being removed from it`)
    );
    for (;; await pause(WAIT, signal)) {
      const held = this.#lock("shared");
      if (held !== undefined) return held;
      tell();
    }
  }

  /** @throws {StoreError} If a run is using the store */
  exclusive(): Held {
    const held = this.#lock("exclusive");
    if (held !== undefined) return held;
    throw new StoreError(
      `Cannot remove anything from the store "${this.root}": a run is using it`,
      "try again when the run has ended",
    );
  }

  #lock(mode: "shared" | "exclusive"): Held | undefined {
    const file = explainedNow(`lock the store "${this.root}"`, () => this.#openLock(mode));
    if (file === undefined) return { release: () => {} };
    if (tryLock(file, mode, this.#unlocked)) return { release: () => file.close() };
    file.close();
    return undefined;
  }

  #openLock(mode: "shared" | "exclusive"): Deno.FsFile | undefined {
    try {
      Deno.mkdirSync(this.root, { recursive: true });
      return Deno.openSync(`${this.root}/lock`, { read: true, write: true, create: true });
    } catch (error) {
      if (mode === "shared" && mayNotWrite(error)) return undefined;
      throw error;
    }
  }

  /** Once a process: later, a missing folder means that the store was deleted, and it is not made again. */
  #makeFolder(): string {
    const folder = `${this.root}/claims`;
    Deno.mkdirSync(folder, { recursive: true });
    return folder;
  }
}

/** Between two tries, in milliseconds. */
const WAIT = 100;
