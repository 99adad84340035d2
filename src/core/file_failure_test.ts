import { assertEquals } from "@std/assert";
import { UserError } from "./diagnostic.ts";
import { fileError, mayNotWrite } from "./file_failure.ts";

const HELP = { full: "make room", forbidden: "ask", gone: "run again" };

Deno.test("fileError() names the state found and what this user of files can do about it", () => {
  const told = (code: string, help = {}) => {
    const { message, help: what } = fileError(failure(code), "write it", { ...HELP, ...help }) as UserError;
    return [message, what];
  };
  assertEquals(told("ENOSPC"), ["Cannot write it: the disk is full", "make room"]);
  assertEquals(told("EDQUOT"), ["Cannot write it: the disk is full", "make room"]);
  assertEquals(told("EROFS"), ["Cannot write it: this process may not write there", "ask"]);
  const unreadable = fileError(failure("EACCES"), "read it", HELP) as UserError;
  assertEquals(unreadable.message, "Cannot read it: this process may not read all of it");
  const gone = fileError(failure("ENOENT"), "read it", HELP) as UserError;
  assertEquals(gone.message, "Cannot read it: it is not there");
  assertEquals(told("ENOENT"), ["Cannot write it: its folder is gone", "run again"]);
  assertEquals(told("EIO", { other: "look" }), ["Cannot write it: EIO", "look"]);
  assertEquals(told("EISDIR", { other: "look" }), ["Cannot write it: EISDIR", "look"]);
});

Deno.test("fileError() passes on what has no help, what is no failure of a file system, and what is told already", () => {
  const others = [
    failure("EIO"),
    failure("ENOTDIR"),
    failure("ERR_SQLITE_ERROR"),
    new TypeError("bug"),
    new UserError("said"),
  ];
  for (const error of others) assertEquals(fileError(error, "write it", HELP), error);
  const other = failure("ERR_SQLITE_ERROR");
  assertEquals(fileError(other, "write it", { other: "look" }), other);
});

Deno.test("mayNotWrite() takes the word of the system and of Deno", () => {
  const refusals = [failure("EACCES"), failure("EROFS"), new Deno.errors.NotCapable()];
  assertEquals(refusals.map(mayNotWrite), [true, true, true]);
  assertEquals([failure("ENOSPC"), new Error("no")].map(mayNotWrite), [false, false]);
});

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}
