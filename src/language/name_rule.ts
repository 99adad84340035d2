/** Names of pipelines, of stages and of all else that a file names. */
export const NAME_PATTERN = "^[a-z][a-z0-9_-]*$";
export const NAME_RULE = 'a name has lower-case letters, digits, "-" and "_", and starts with a letter';

/** What a pipeline is called that gives itself no name: by its file, without folder and ending. */
export function nameOfFile(path: string): string {
  return path.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "").replace(/^<(\w+)>$/, "$1");
}
