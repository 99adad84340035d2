import { assertAlmostEquals, assertEquals } from "@std/assert";
import { readFontMetrics } from "./font.ts";

const readFont = (name: string) =>
  Deno.readFile(new URL(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))).then(readFontMetrics);

Deno.test("FontMetrics.width() adds the advances that DejaVu Sans gives its glyphs, in 2048ths of the size", async () => {
  const font = await readFont("DejaVuSans");
  assertEquals(font.width("A", 2048), 1401);
  assertEquals(font.width("0123456789", 2048), 10 * 1303);
  assertEquals(font.width("i ", 2048), 569 + 651);
  assertEquals(font.width("", 11), 0);
  assertAlmostEquals(font.width("≤", 11), 1716 / 2048 * 11, 1e-9);
});

Deno.test("FontMetrics.width() is larger for the bold font, and that of the missing glyph for one it lacks", async () => {
  const [regular, bold] = [await readFont("DejaVuSans"), await readFont("DejaVuSans-Bold")];
  assertEquals(bold.width("A", 2048), 1585);
  assertEquals(regular.width("\u{1F600}\u{E000}", 2048), regular.width("\u{1F601}\u{E001}", 2048));
});
