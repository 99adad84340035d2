import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { Failure, Place, Reason } from "../scheduler/events.ts";
import type { RecordMeta } from "../store/store.ts";

/** Where a result came from, or why it is not there. */
export interface WhyReport {
  readonly pipeline: string;
  readonly instance: string;
  readonly member?: MemberFacts;
  readonly kind: string;
  readonly version: number;
  /** planned: made by planning, whenever it is asked for. stored: in the store. missing: neither. */
  readonly state: "planned" | "stored" | "missing";
  /** What it is stored under; absent where that is not known before an input has run, and for what is planned. */
  readonly identity?: Digest;
  /** What other stages know it by. */
  readonly output?: Digest;
  /** Those of the stage that decide it. */
  readonly settings: readonly SettingFact[];
  /** What it is made from, the nearest first, up to the data. */
  readonly sources: readonly SourceFact[];
  /** Identity of the numerical library, for what is computed with it. */
  readonly engine?: string;
  /** When, where and how long it was computed. */
  readonly made?: RecordMeta;
  /** What its result needs in the store, with sizes in bytes. */
  readonly objects: readonly { readonly digest: Digest; readonly size: number | null }[];
  /** What was written of it. */
  readonly files: readonly string[];
  /** Why it is not stored. */
  readonly why: readonly Reason[];
  /** How it failed in the last run. */
  readonly failure?: Failure & { readonly log?: string };
}

export interface MemberFacts {
  readonly id: string;
  readonly seed?: string;
  readonly case?: string | null;
  /** By full path, as they were drawn. */
  readonly settings: Readonly<Record<string, Json>>;
  /** How its training ended. */
  readonly status?: string;
  /** After its last epoch; null: not finite. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

export interface SettingFact {
  readonly setting: string;
  readonly value: Json;
  /** Where the setting stands, or the nearest thing around it. */
  readonly at: Place;
  /** Where the value stands, if an expression brings it in. */
  readonly from?: Place;
}

export interface SourceFact {
  readonly instance: string;
  readonly kind: string;
  /** Absent while it is not there. */
  readonly output?: Digest;
}
