import { assertEquals, assertThrows } from "@std/assert";
import { resolve } from "node:path";
import { cacheDir } from "./cache_dir.ts";
import { UserError } from "./diagnostic.ts";

const given = (variables: Record<string, string>) => new Map(Object.entries(variables));

Deno.test("cacheDir() prefers WEFT_CACHE to XDG_CACHE_HOME, and that to HOME", () => {
  const all = { WEFT_CACHE: "/own", XDG_CACHE_HOME: "/xdg", HOME: "/home/ada" };
  assertEquals(cacheDir(given(all), "linux"), "/own");
  assertEquals(cacheDir(given({ ...all, WEFT_CACHE: "" }), "linux"), "/xdg/weft");
  assertEquals(cacheDir(given({ HOME: "/home/ada/" }), "linux"), "/home/ada/.cache/weft");
});

Deno.test("cacheDir() makes a relative WEFT_CACHE absolute and ignores a relative XDG_CACHE_HOME", () => {
  assertEquals(cacheDir(given({ WEFT_CACHE: "here" }), "linux"), resolve("here"));
  assertEquals(cacheDir(given({ XDG_CACHE_HOME: "here", HOME: "/h" }), "linux"), "/h/.cache/weft");
});

Deno.test("cacheDir() follows the custom of macOS and of Windows", () => {
  assertEquals(cacheDir(given({ HOME: "/Users/ada" }), "darwin"), "/Users/ada/Library/Caches/weft");
  assertEquals(
    cacheDir(given({ LOCALAPPDATA: "C:\\Users\\ada\\AppData\\Local" }), "windows"),
    "C:\\Users\\ada\\AppData\\Local\\weft",
  );
});

Deno.test("cacheDir() without any variable says which one to set", () => {
  const error = assertThrows(() => cacheDir(given({}), "linux"), UserError, "neither WEFT_CACHE nor HOME");
  assertEquals(error.help, "set WEFT_CACHE to a folder that can be written");
});
