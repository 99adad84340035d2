import { codeState } from "../core/code_state.ts";
import { type Digest, digestOf, sha256 } from "../core/digest.ts";
import { canonicalJson, isJsonObject } from "../core/json.ts";

/**
 * What was found in files of the user, kept on this machine by what was asked and the state of the files. It may be removed
 * at any time: what is not there, damaged or of another version of weft is found again.
 */
export class LookupCache {
  /** @param folder that it is kept in; asked when it is first needed */
  constructor(private readonly folder: () => string) {}

  /** @param state of the files now */
  get(key: Digest, state: Digest): unknown {
    try {
      const kept: unknown = JSON.parse(Deno.readTextFileSync(`${this.folder()}/${key}.json`));
      if (!isJsonObject(kept)) return undefined;
      const { sum, state: before, facts } = kept;
      return before === state && sum === sumOf(state, facts) ? facts : undefined;
    } catch {
      return undefined;
    }
  }

  /** Where it cannot be kept, it is found again the next time. */
  set(key: Digest, state: Digest, facts: unknown): void {
    const text = canonicalJson({ sum: sumOf(state, facts), state, facts });
    try {
      const folder = this.folder();
      Deno.mkdirSync(folder, { recursive: true });
      const path = `${folder}/${key}.json`;
      const temporary = `${path}.${sha256(text).slice(0, 8)}-${Deno.pid}`;
      Deno.writeTextFileSync(temporary, text);
      Deno.renameSync(temporary, path);
    } catch {
      // a full disk or a folder that cannot be written: told by what needs it
    }
  }
}

function sumOf(state: Digest, facts: unknown): Digest {
  const record = { record: "lookup-facts/1", code: codeState(), state, facts };
  return digestOf(record);
}
