import { dirname } from "node:path";
import { UserError } from "./diagnostic.ts";
import { checkFreeSpace } from "./disk_space.ts";
import { withFileLock } from "./file_lock.ts";
import { type FetchFailure, fetchUrl, shownUrl } from "./fetch_url.ts";
import { explained, fileSha256, formatBytes, statIfThere, syncFolder } from "./files.ts";
import { PartFile } from "./part_file.ts";
import { pause } from "./pause.ts";

export interface Download {
  /** What is fetched, for messages: "the MNIST training images". */
  readonly name: string;
  /** Addresses of the same bytes; the next is asked when one fails. User and password in them are sent, not shown. */
  readonly urls: readonly string[];
  /** Where the file shall lie. `<to>.part` holds what has arrived, `<to>.lock` keeps a second process waiting. */
  readonly to: string;
  readonly sha256: string;
  readonly bytes?: number;
  readonly signal?: AbortSignal;
  /** Bytes so far and in all, at most ten times a second; `total` is null while unknown. */
  readonly progress?: (done: number, total: number | null) => void;
  readonly patience?: Patience;
}

/** How failures that can pass are borne. */
export interface Patience {
  /**
   * Milliseconds before each further round of tries; any byte gained starts the list anew. Where no address can be
   * reached, there is one more round and no third: without a network that is told at once.
   */
  readonly delays: readonly number[];
  /** Milliseconds without a byte after which a connection counts as dead. */
  readonly stall: number;
}

const USUAL_PATIENCE: Patience = { delays: [1000, 2000, 4000, 8000], stall: 60_000 };
/** Milliseconds within which a server answers, if only by its headers. */
const MOST_SILENCE = 15_000;

/**
 * Brings a file onto this machine, whole and verified, or not at all. Bytes that arrived before an interruption are kept
 * beside it and the next call goes on from there; what is resumed is trusted only once the whole has the right SHA-256.
 * @returns "present" if the right file was already there or another process has just fetched it
 * @throws {UserError} If no address gives the right bytes, or the disk does not take them
 * @throws The signal's reason if it is aborted
 */
export async function download(request: Download): Promise<"downloaded" | "present"> {
  const { name, to, sha256, bytes, signal } = request;
  return await explained(`download ${name} to "${to}"`, async () => {
    if (await isVerified(to, sha256, bytes, signal)) return "present";
    await Deno.mkdir(dirname(to), { recursive: true });
    const waiting = () => showOther(request);
    return await withFileLock(`${to}.lock`, { signal, waiting }, async () => {
      if (await isVerified(to, sha256, bytes, signal)) return "present";
      await fetchInto(request);
      return "downloaded";
    });
  });
}

/** Whether the file is there with this content. */
export async function isVerified(
  path: string,
  sha256: string,
  bytes?: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const there = await statIfThere(path);
  if (!there?.isFile || (bytes !== undefined && there.size !== bytes)) return false;
  return await fileSha256(path, signal) === sha256;
}

async function fetchInto(request: Download): Promise<void> {
  const part = await PartFile.open(`${request.to}.part`, request.signal);
  try {
    if (request.bytes !== undefined) {
      checkFreeSpace(dirname(request.to), request.bytes - part.size, `download ${request.name}`);
    }
    await fill(part, request);
    await part.sync();
  } finally {
    part.close();
  }
  await Deno.rename(part.path, request.to);
  await syncFolder(dirname(request.to));
}

/** Asks the addresses in turn, round after round, until the part is whole and right. */
async function fill(part: PartFile, request: Download): Promise<void> {
  const { delays } = request.patience ?? USUAL_PATIENCE;
  const failures = new Map<string, FetchFailure>();
  let most = part.size;
  let isOffline = true;
  for (let round = 0;; round++) {
    for (const url of request.urls.filter((url) => failures.get(url)?.passing !== false)) {
      const failure = await attempt(url, part, request);
      if (failure === null) return;
      failures.set(url, failure);
      isOffline &&= failure.unreached === true;
      if (part.size > most) [most, round] = [part.size, 0];
    }
    const hopeless = [...failures.values()].every(({ passing }) => !passing);
    if (hopeless || round >= (isOffline ? 1 : delays.length)) throw allFailed(request, failures, part);
    await pause(delays[round]!, request.signal);
  }
}

/** One request to one address. @returns null if the part is now whole and has the right digest */
async function attempt(url: string, part: PartFile, request: Download): Promise<FetchFailure | null> {
  const resumed = part.size > 0;
  if (part.size !== request.bytes) {
    const failure = await receive(url, part, request);
    if (failure !== null) return failure;
  }
  const found = part.digest();
  if (found === request.sha256) return null;
  const size = part.size;
  await part.restart();
  if (resumed) return await attempt(url, part, request); // the older bytes may be at fault
  return otherFile(`${formatBytes(size)} with SHA-256 ${found} where ${request.sha256} is expected`);
}

/** Appends what the address gives from where the part ends. @returns null if the answer ended as it should */
async function receive(url: string, part: PartFile, request: Download): Promise<FetchFailure | null> {
  const patience = (request.patience ?? USUAL_PATIENCE).stall;
  const stall = new Stall(Math.min(patience, MOST_SILENCE));
  let isAnswered = false;
  const signal = request.signal ? AbortSignal.any([request.signal, stall.signal]) : stall.signal;
  try {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (part.size > 0) headers.range = `bytes=${part.size}-`;
    const response = await fetchUrl(url, headers, signal);
    if ("why" in response) return response;
    if (response.status === 416) {
      await response.body?.cancel();
      await part.restart();
      return { why: "the server has fewer bytes than were here already", passing: true };
    }
    isAnswered = true;
    stall.begin(patience);
    const announced = announcedSize(response);
    const other = otherThan(request.bytes ?? announced, announced, response);
    if (other !== null) {
      await response.body?.cancel();
      return otherFile(other);
    }
    if (!continues(response, part.size)) await part.restart();
    const total = request.bytes ?? announced;
    return await appendBody(response, part, { ...request, stall, total });
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    if (stall.signal.aborted) return { why: stall.why, passing: true, unreached: !isAnswered };
    throw error;
  } finally {
    stall.stop();
  }
}

async function appendBody(
  response: Response,
  part: PartFile,
  { bytes, signal, progress = () => {}, stall, total }: Download & { stall: Stall; total: number | null },
): Promise<FetchFailure | null> {
  const show = atMostEvery(100, progress);
  const body = response.body?.getReader();
  for (;;) {
    let chunk: Uint8Array | undefined;
    try {
      chunk = (await body?.read())?.value;
    } catch (error) {
      if (stall.signal.aborted || signal?.aborted) throw error;
      return cutOff(part.size, total);
    }
    if (chunk === undefined) break;
    stall.reset();
    await part.append(chunk);
    if (bytes !== undefined && part.size > bytes) {
      await body!.cancel();
      break; // its digest cannot be right
    }
    show(part.size, total);
  }
  progress(part.size, total);
  return total !== null && part.size < total ? cutOff(part.size, total) : null;
}

/** Aborts its signal when nothing has been heard for so many milliseconds. */
class Stall {
  readonly #controller = new AbortController();
  readonly signal = this.#controller.signal;
  #timer: ReturnType<typeof setTimeout>;

  constructor(public ms: number) {
    this.#timer = this.#start();
  }

  /** From now on this much patience. */
  begin(ms: number): void {
    this.ms = ms;
    this.reset();
  }

  get why(): string {
    return `no byte came for ${this.ms / 1000} seconds`;
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(new Error(this.why)), this.ms);
  }
}

/** Whether an answer goes on after `size` bytes; servers that know no Range begin anew with status 200. */
function continues(response: Response, size: number): boolean {
  if (size === 0) return true;
  const from = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
  return response.status === 206 && Number(from) === size;
}

/** The size of the whole file by the server's word, or null if it does not say. */
function announcedSize({ status, headers }: Response): number | null {
  const text = status === 206 ? headers.get("content-range")?.split("/")[1] : headers.get("content-length");
  return /^\d+$/.test(text ?? "") ? Number(text) : null;
}

/** What an answer is where another size shows that it is not the file; null if nothing shows it yet. */
function otherThan(
  expected: number | null,
  announced: number | null,
  { headers }: Response,
): string | null {
  if (announced === expected && announced !== null) return null;
  if (/^text\/html\b/.test(headers.get("content-type") ?? "")) return "a web page in place of the file";
  return announced === null ? null : `${announced} bytes where ${expected} are expected`;
}

function otherFile(what: string): FetchFailure {
  const help = "a proxy or a mirror may have replaced the file: fetch it over another network";
  return { why: `it gives ${what}`, passing: false, help };
}

function cutOff(size: number, total: number | null): FetchFailure {
  const of = total === null ? "" : ` of ${formatBytes(total)}`;
  return { why: `the connection ended after ${formatBytes(size)}${of}`, passing: true };
}

function allFailed(
  request: Download,
  failures: ReadonlyMap<string, FetchFailure>,
  part: PartFile,
): UserError {
  const byReason = Map.groupBy(failures, ([, { why }]) => why);
  const each = [...byReason].map(([why, urls]) => `${urls.map(([url]) => shownUrl(url)).join(", ")}: ${why}`);
  const helps = new Set([...failures.values()].flatMap(({ help }) => help ?? []));
  const kept = part.size > 0 ? ` (it goes on after the ${formatBytes(part.size)} that have arrived)` : "";
  const help = [...helps, `run again${kept}, or fetch the file elsewhere and put it at ${request.to}`];
  return new UserError(`Cannot download ${request.name} from ${each.join("; ")}`, help.join("; "));
}

/** Progress of the process that holds the lock. */
function showOther({ to, bytes, progress }: Download): void {
  if (progress === undefined) return;
  Deno.stat(`${to}.part`).then(({ size }) => progress(size, bytes ?? null), () => {});
}

function atMostEvery(ms: number, show: (done: number, total: number | null) => void): typeof show {
  let last = -Infinity;
  return (done, total) => {
    if (performance.now() - last < ms) return;
    last = performance.now();
    show(done, total);
  };
}
