import { type Digest, sha256 } from "../../core/digest.ts";
import { fileSha256 } from "../../core/files.ts";
import { Objects } from "../objects.ts";
import { type Inventory, type RecordEntry, takeInventory, total } from "./inventory.ts";
import { usableRecords } from "./needed.ts";

/** Something in a store that is not as it was written, and the file that shows it. */
export interface StoreProblem {
  /**
   * damaged-record: a line that is no record. damaged-object: its bytes are not those that it is named by.
   * missing-object: a record needs it. strange-file: it stands among the objects and is none.
   */
  readonly problem: "damaged-record" | "damaged-object" | "missing-object" | "strange-file";
  readonly path: string;
  /** Of a damaged record, from 1. */
  readonly line?: number;
  /** Of an object: how many results need it. */
  readonly results?: number;
}

export interface Verification {
  readonly problems: readonly StoreProblem[];
  readonly inventory: Inventory;
  /** The same without the objects that are damaged. */
  readonly sound: Inventory;
  readonly records: number;
  readonly objects: number;
  /** How many bytes were read. */
  readonly bytes: number;
}

export interface VerifyOptions {
  /** How much is read, in bytes. */
  readonly progress?: (done: number, total: number) => void;
}

/** Reads every record and every object of the store in `root`, and changes nothing. Others may use the store meanwhile. */
export async function verifyStore(root: string, { progress }: VerifyOptions = {}): Promise<Verification> {
  const inventory = takeInventory(root);
  const files = new Objects(root);
  const damaged = await damagedObjects(files, inventory.objects, progress);
  const objects = new Map([...inventory.objects].filter(([digest]) => !damaged.has(digest)));
  const sound = { ...inventory, objects };
  const users = usersOf(inventory.records);
  const needing = (digest: Digest) => ({ path: files.path(digest), results: users.get(digest) ?? 0 });
  return {
    problems: [
      ...inventory.segments.flatMap(({ path, damaged }) =>
        damaged.map((line) => ({ problem: "damaged-record" as const, path, line }))
      ),
      ...[...damaged].map((digest) => ({ problem: "damaged-object" as const, ...needing(digest) })),
      ...[...missingObjects(sound)].filter((digest) => !damaged.has(digest))
        .map((digest) => ({ problem: "missing-object" as const, ...needing(digest) })),
      ...inventory.strangers.map((path) => ({ problem: "strange-file" as const, path })),
    ],
    inventory,
    sound,
    records: inventory.records.length,
    objects: inventory.objects.size,
    bytes: total(inventory.segments.map(({ bytes }) => bytes)) + total(inventory.objects.values()),
  };
}

/** So many files are read at once: one waits for the disk while another is hashed. */
const AT_ONCE = 8;
/** Larger objects are read in pieces. */
const LARGE = 1 << 24;

async function damagedObjects(
  files: Objects,
  objects: Inventory["objects"],
  progress: VerifyOptions["progress"],
): Promise<Set<Digest>> {
  const all = total(objects.values());
  const damaged = new Set<Digest>();
  const waiting = objects.entries();
  let done = 0;
  const readOn = async () => {
    for (const [digest, size] of waiting) { // shared by all that read
      if (await isDamaged(files.path(digest), digest, size)) damaged.add(digest);
      done += size;
      progress?.(done, all);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readOn));
  return damaged;
}

async function isDamaged(path: string, digest: Digest, size: number): Promise<boolean> {
  try {
    return (size > LARGE ? await fileSha256(path) : sha256(await Deno.readFile(path))) !== digest;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false; // a run dropped it meanwhile
    throw error;
  }
}

/** What results lack that are not whole in any record. Interim states are given up by removing their objects. */
function missingObjects(inventory: Inventory): Set<Digest> {
  const usable = usableRecords(inventory);
  const broken = inventory.records.filter(({ identity, state }) =>
    state !== "interim" && !usable.has(identity)
  );
  const lacking = broken.flatMap(({ objects }) =>
    objects.filter(([digest, size]) => inventory.objects.get(digest) !== size).map(([digest]) => digest)
  );
  return new Set(lacking);
}

function usersOf(records: readonly RecordEntry[]): Map<Digest, number> {
  const users = new Map<Digest, number>();
  for (const { objects } of records) {
    for (const [digest] of objects) users.set(digest, (users.get(digest) ?? 0) + 1);
  }
  return users;
}
