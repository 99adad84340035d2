/** The fonts' family in a spec's `config.font`: what is drawn with it looks the same on every machine. */
export const FONT = "DejaVu Sans, sans-serif";

/** Widths of texts in a TrueType font. */
export interface FontMetrics {
  /** Width in pixels at a font size in pixels, without kerning. */
  width(text: string, size: number): number;
}

/**
 * Reads the advance widths of a TrueType font (tables cmap, head, hhea, hmtx).
 * @throws {Error} If the font has no cmap of format 4 for Unicode's basic plane
 * @see https://learn.microsoft.com/typography/opentype/spec/cmap
 */
export function readFontMetrics(font: Uint8Array): FontMetrics {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const tables = readTableOffsets(view);
  const unitsPerEm = view.getUint16(tables.head + 18);
  const lastWidth = view.getUint16(tables.hhea + 34) - 1; // glyphs after it are as wide
  const glyphOf = readCharacterMap(view, tables.cmap);
  const advance = (code: number) => view.getUint16(tables.hmtx + 4 * Math.min(glyphOf(code), lastWidth));
  return {
    width: (text, size) => {
      const units = Array.from(text, (character) => advance(character.codePointAt(0)!));
      return units.reduce((sum, unit) => sum + unit, 0) / unitsPerEm * size;
    },
  };
}

const NEEDED = ["cmap", "head", "hhea", "hmtx"] as const;

function readTableOffsets(view: DataView): Record<typeof NEEDED[number], number> {
  const count = view.getUint16(4);
  const offsets = new Map<string, number>();
  for (let i = 0; i < count; i++) {
    const entry = 12 + 16 * i;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(entry + byte)));
    offsets.set(tag, view.getUint32(entry + 8));
  }
  const offsetOf = (tag: typeof NEEDED[number]) => [tag, offsets.get(tag)!] as const;
  return Object.fromEntries(NEEDED.map(offsetOf)) as Record<typeof NEEDED[number], number>;
}

/** The glyph of a code point, 0 (the missing glyph) where there is none. */
function readCharacterMap(view: DataView, cmap: number): (code: number) => number {
  const table = findFormat4(view, cmap);
  const segments = view.getUint16(table + 6); // twice their number, as the arrays' length in bytes
  const [ends, starts] = [table + 14, table + 16 + segments];
  const [deltas, ranges] = [starts + segments, starts + 2 * segments];
  return (code) => {
    for (let i = 0; i < segments; i += 2) {
      if (view.getUint16(ends + i) < code) continue;
      const start = view.getUint16(starts + i);
      if (start > code) return 0;
      const range = view.getUint16(ranges + i);
      const glyph = range === 0 ? code : view.getUint16(ranges + i + range + 2 * (code - start));
      return range !== 0 && glyph === 0 ? 0 : (glyph + view.getUint16(deltas + i)) & 0xffff;
    }
    return 0;
  };
}

function findFormat4(view: DataView, cmap: number): number {
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const table = cmap + view.getUint32(cmap + 4 + 8 * i + 4);
    if (view.getUint16(table) === 4) return table;
  }
  throw new Error("The font has no character map of format 4");
}
