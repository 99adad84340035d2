import type { ItemOutlook } from "./events.ts";

/** How many items are missing, for people: `6 of 30 models are not stored`. */
export function itemsMessage(
  { stored, missing, noun }: Pick<ItemOutlook, "stored" | "missing" | "noun">,
): string {
  const total = stored + missing;
  const all = `${total} ${noun}${total === 1 ? "" : "s"}`;
  if (missing === 0) {
    return `${total === 1 ? `its ${noun} is` : `all ${all} are`} stored, but not put together`;
  }
  return `${missing} of ${all} ${missing === 1 ? "is" : "are"} not stored`;
}
