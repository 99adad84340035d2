import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Column, Table } from "../core/table.ts";
import { tableCsv, tableJson } from "./table_text.ts";

const column = (name: string): Column => ({ name, type: "nominal", description: "" });

const table: Table = {
  columns: [column("member"), column("a, b"), column("values")],
  rows: [["1", 0.1, [1, 2]], ['say "hi"', null, ""], ["two\nlines", -1e-7, true]],
};

Deno.test("tableJson() writes a row a line, with members in the order of the columns", () => {
  assertEquals(
    text(tableJson(table)),
    `[
{"member":"1","a, b":0.1,"values":[1,2]},
{"member":"say \\"hi\\"","a, b":null,"values":""},
{"member":"two\\nlines","a, b":-1e-7,"values":true}
]
`,
  );
  assertEquals(text(tableJson({ columns: table.columns, rows: [] })), "[]\n");
});

Deno.test("tableCsv() quotes commas, quotes and line breaks, and tells an empty text from a missing value", () => {
  assertEquals(
    text(tableCsv(table)),
    'member,"a, b",values\r\n1,0.1,"[1,2]"\r\n"say ""hi""",,""\r\n"two\nlines",-1e-7,true\r\n',
  );
});

Deno.test("tableJson() and tableCsv() give a long table in pieces that join", () => {
  const rows = Array.from({ length: 2001 }, (_, i) => [i]);
  const long = { columns: [column("n")], rows };
  assertEquals(JSON.parse(text(tableJson(long))), rows.map(([n]) => ({ n })));
  assertEquals(text(tableCsv(long)), `n\r\n${rows.map((row) => `${row}\r\n`).join("")}`);
  assertEquals([[...tableJson(long)].length, [...tableCsv(long)].length], [4, 4]);
});

Deno.test("tableJson() and tableCsv() read of the rows no more than the piece they give, and read them anew", () => {
  let made = 0;
  const rows = {
    *[Symbol.iterator]() {
      for (let i = 0; i < 2001; i++) yield [made++];
    },
  };
  const long = { columns: [column("n")], rows };
  tableJson(long).next();
  assertEquals(made, 1000);
  const csv = tableCsv(long);
  csv.next(); // the header
  csv.next();
  assertEquals(made, 2000);
});

Deno.test("tableCsv() is read back as the same texts by a reader of RFC 4180", () => {
  const texts = fc.array(fc.tuple(fc.string(), fc.string({ unit: "binary" })), { minLength: 1 });
  fc.assert(fc.property(texts, (rows) => {
    const csv = text(tableCsv({ columns: [column("x"), column("y")], rows }));
    assertEquals(readCsv(csv), [["x", "y"], ...rows.map((row) => [...row])]);
  }));
});

function text(pieces: Iterable<string>): string {
  return [...pieces].join("");
}

/** Reads by the grammar of RFC 4180, section 2. */
function readCsv(text: string): string[][] {
  const records: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  while (field.lastIndex < text.length) {
    const [, quoted, plain, end] = field.exec(text)!;
    records.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === "\r\n") records.push([]);
  }
  return records.slice(0, -1);
}
