import type { Work } from "../mod.ts";

/** The text, cut with an ellipsis to at most `width` characters. */
export function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** A text as lines of at most `width` characters, broken between words and, where a word is too long, in it. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/(?<!--(?:set|params)) /)) { // an option stays beside its value
    if (line !== "" && line.length + 1 + word.length <= width) {
      line += ` ${word}`;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    for (; line.length > width; line = line.slice(width)) lines.push(line.slice(0, width));
  }
  return [...lines, line];
}

/** A time for people: "0.4 s", "12 s", "3:05", "2:07:30". */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "1 model", "24 models". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** How far work is: "12/24 models, 1 failed, 31 models/min, 0:42 left". */
export function workText({ noun, done, total, failed, waiting, perSecond, secondsLeft }: Work): string {
  return [
    `${done}/${count(total, noun)}`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(waiting > 0 ? [`${waiting} made by another run`] : []),
    ...(perSecond !== undefined && done < total ? [rate(perSecond, noun)] : []),
    ...(secondsLeft !== undefined && done < total ? [`${duration(secondsLeft)} left`] : []),
  ].join(", ");
}

/** "31 models/min", "2.4 models/h" */
export function rate(perSecond: number, noun: string): string {
  const perMinute = perSecond * 60;
  const [number, unit] = perMinute >= 1 ? [perMinute, "min"] : [perMinute * 60, "h"];
  return `${number < 10 ? Number(number.toFixed(1)) : Math.round(number)} ${noun}s/${unit}`;
}

/** The first line of a text, without characters that would move a terminal's cursor. */
export function firstLine(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is taken out
  return text.split("\n", 1)[0]!.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, " ");
}

/** The command that makes the same results as one with these options; the others decide how, and not what. */
export function runText(
  file: string,
  { set = [], params = [], only }: {
    readonly set?: readonly string[];
    readonly params?: readonly string[];
    readonly only?: string;
  },
): string {
  const options = [
    ...params.map((file) => `--params ${quoted(file)}`),
    ...set.map((param) => `--set ${quoted(param)}`),
    ...(only === undefined ? [] : [`--only ${quoted(only)}`]),
  ];
  return ["weft run", quoted(file), ...options].join(" ");
}

/** A word as a POSIX shell reads it. */
export function quoted(word: string): string {
  return /^[\w./~+-][\w./~+=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
