import type { ItemOutlook } from "./events.ts";

/** How many items are missing, for people: `6 of 30 models are not stored`. */
export function itemsMessage(
  { stored, missing, noun, coming }: Pick<ItemOutlook, "stored" | "missing" | "noun" | "coming">,
): string {
  const total = stored + missing;
  const all = `${total} ${noun}${total === 1 ? "" : "s"}`;
  const absent = `${missing} of ${all} ${missing === 1 ? "is" : "are"} not stored`;
  if (coming === undefined) {
    if (missing > 0) return absent;
    return `${total === 1 ? `its ${noun} is` : `all ${all} are`} stored; only the stage's own output is made`;
  }
  const { items, from } = coming;
  const comes = `${items === 1 ? "comes" : "come"} from ${namesOf(from)}`;
  if (missing > 0) return `${absent}, and ${items} ${comes}`;
  if (items === total) return `${total === 1 ? `its ${noun}` : `all ${all}`} ${comes}`;
  return `${items} of ${all} ${comes}; the others are stored`;
}

function namesOf(stages: readonly string[]): string {
  return stages.length > 2
    ? `${stages.length} stages before`
    : stages.map((stage) => `"${stage}"`).join(" and ");
}
