/** Colours of the labels that the usual rules give. Every other file asks `coloursOf`. */
const NAMED: Readonly<Record<string, string>> = {
  diverged: "#000000",
  non: "#8C8C8C",
  low: "#D55E00",
  mid: "#8B1A83",
  high: "#0A8FE8",
};

/**
 * For other labels, in this order. With black and grey any two differ by 30 or more in CIELAB to normal sight and to
 * protanopes, deuteranopes and tritanopes as simulated by Machado and others (2009), and each has a contrast of 3 to 1
 * on white, as WCAG 2.1 asks of graphics (1.4.11).
 */
export const ORDERED: readonly string[] = ["#D55E00", "#8B1A83", "#0A8FE8", "#165A2B", "#5E00EB"];

/** Nodes of matplotlib's viridis, its palest part left out: more labels than `ORDERED` are told apart by lightness. */
const RAMP: readonly string[] = ["#440154", "#3B528B", "#21918C", "#2F9F5E"];

/** The colour of marks that belong to no group. */
export const UNGROUPED_COLOUR = "#0A8FE8";

/**
 * A colour for each label, the same in every figure with these labels.
 * @param labels all labels that the rule can give, worst first, with members or not
 */
export function coloursOf(labels: readonly string[]): Map<string, string> {
  const others = labels.filter((label) => !Object.hasOwn(NAMED, label));
  const free = ORDERED.filter((colour) => !labels.some((label) => NAMED[label] === colour));
  const colours = others.length <= free.length ? free : others.map((_, i) => rampAt(i / (others.length - 1)));
  return new Map(labels.map((label) => [label, NAMED[label] ?? colours[others.indexOf(label)]!]));
}

/** The ramp's colour at 0 to 1, linearly between its nodes. */
function rampAt(share: number): string {
  const place = share * (RAMP.length - 1);
  const [from, to] = [RAMP[Math.floor(place)]!, RAMP[Math.ceil(place)]!];
  const channel = (start: number) => {
    const [a, b] = [from, to].map((colour) => parseInt(colour.slice(start, start + 2), 16)) as [
      number,
      number,
    ];
    return Math.round(a + (b - a) * (place % 1)).toString(16).padStart(2, "0").toUpperCase();
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
