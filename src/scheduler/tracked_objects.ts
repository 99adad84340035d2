import type { Digest } from "../core/digest.ts";
import type { ObjectWriter } from "../core/stage_kind.ts";

/** Remembers what one computation wrote: the objects that its result needs. */
export class TrackedObjects implements ObjectWriter {
  readonly written = new Set<Digest>();

  constructor(private readonly objects: ObjectWriter) {}

  get(digest: Digest): Promise<Uint8Array> {
    return this.objects.get(digest);
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = await this.objects.put(bytes);
    this.written.add(digest);
    return digest;
  }
}
