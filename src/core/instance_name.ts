/** The stage of an instance, or of a reference to one: `figure2/data=mnist` → `figure2`. */
export function stageOf(instance: string): string {
  return instance.split("/", 1)[0]!;
}
