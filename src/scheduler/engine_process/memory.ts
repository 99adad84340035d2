/** Prints the resident memory of process $1 in kB for each line that it reads, until it reads no more. */
const METER = `while read -r _; do
  kb=0
  { while read -r key value _; do [ "$key" = VmRSS: ] && kb=$value; done < "/proc/$1/status"; } 2> /dev/null
  echo "$kb"
done`;

/** Prints the memory limits of its control groups, from the innermost outwards, and that of version 1. */
const CONTROL_GROUPS =
  `while IFS=: read -r _ names path; do [ -z "$names" ] && group=$path; done < /proc/self/cgroup
while :; do
  [ -r "/sys/fs/cgroup$group/memory.max" ] && read -r limit < "/sys/fs/cgroup$group/memory.max" && echo "$limit"
  [ -z "$group" ] && break
  group=\${group%/*}
done
[ -r /sys/fs/cgroup/memory/memory.limit_in_bytes ] && read -r limit < /sys/fs/cgroup/memory/memory.limit_in_bytes && echo "$limit"
true`;

/** What the engine process may use, in bytes of resident memory. */
export interface MemoryLimits {
  /** With more it is given no new items, and ends once it has none. */
  readonly recycleBytes: number;
  /** With more it is killed, before the kernel kills something else. */
  readonly killBytes: number;
}

/** Shares of what there is on this machine, or in this control group. */
export async function machineMemoryLimits(): Promise<MemoryLimits> {
  const { total } = Deno.systemMemoryInfo();
  const most = Math.min(total, ...await controlGroupLimits());
  return { recycleBytes: 0.5 * most, killBytes: 0.85 * most };
}

/**
 * Reads the resident memory of a process on Linux. A shell looks it up, for Deno opens /proc with all permissions alone.
 */
export class MemoryMeter {
  readonly #shell: Deno.ChildProcess;
  readonly #asking: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  /** @returns undefined where there is no /proc or no shell */
  static of(pid: number): MemoryMeter | undefined {
    if (Deno.build.os !== "linux") return undefined;
    try {
      return new MemoryMeter(pid);
    } catch {
      return undefined;
    }
  }

  private constructor(pid: number) {
    const args = ["-c", METER, "meter", `${pid}`];
    this.#shell = new Deno.Command("sh", { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
    this.#asking = this.#shell.stdin.getWriter();
    this.#answers = this.#shell.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Bytes; 0 for a process that has ended; undefined if that cannot be told. Not to be called again before it has answered. */
  async read(): Promise<number | undefined> {
    try {
      await this.#asking.write(new Uint8Array([0x0a]));
      const { value } = await this.#answers.read();
      return value === undefined ? undefined : 1024 * Number(value);
    } catch {
      return undefined; // the shell is gone
    }
  }

  async close(): Promise<void> {
    await this.#asking.close().catch(() => {});
    await this.#answers.cancel().catch(() => {});
    await this.#shell.status;
  }
}

async function controlGroupLimits(): Promise<number[]> {
  if (Deno.build.os !== "linux") return [];
  try {
    const { stdout } = await new Deno.Command("sh", { args: ["-c", CONTROL_GROUPS], stderr: "null" })
      .output();
    const lines = new TextDecoder().decode(stdout).split("\n");
    return lines.map(Number).filter((bytes) => bytes > 0); // "max" where there is none
  } catch {
    return []; // no shell
  }
}
