/** Colours of a box: what is inside it is readable by itself, whether the page around it is light or dark. */
export interface BoxColors {
  readonly fill: string;
  readonly line: string;
  readonly text: string;
}

/** Between boxes. Its contrast is above 4 to 1 with white and with the dark pages of GitHub (#0d1117). */
export const EDGE_COLOR = "#77808a";

/** Okabe and Ito's colours, which colour-blind readers can tell apart, and tints of them (jfly.uni-koeln.de/color). */
const PALETTE: readonly Pick<BoxColors, "fill" | "line">[] = [
  { fill: "#d3ecfa", line: "#56b4e9" },
  { fill: "#f9e7c4", line: "#e69f00" },
  { fill: "#fbf6c3", line: "#c9bd1c" },
  { fill: "#f8d9c8", line: "#d55e00" },
  { fill: "#c9eadf", line: "#009e73" },
  { fill: "#cadff0", line: "#0072b2" },
  { fill: "#f3dbe8", line: "#cc79a7" },
  { fill: "#e4e6e8", line: "#6b7280" },
];
const TEXT = "#16191d";

/** The colours of each kind of stages: the same in every picture, since the place among all kinds decides them. */
export function kindColors(kinds: readonly string[]): (kind: string) => BoxColors {
  return (kind) => {
    const place = kinds.indexOf(kind);
    const colors = PALETTE[place < 0 ? PALETTE.length - 1 : place % PALETTE.length]!;
    return { ...colors, text: TEXT };
  };
}
