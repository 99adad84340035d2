import { dirname, isAbsolute, join } from "node:path";
import type { BadFile, FileAnswer, FileAnswers, FileLookup, FileRequest } from "../core/own_files.ts";
import type { OwnFiles } from "../sources/own_files.ts";
import type { ProjectTree } from "./trees.ts";

/**
 * The files of the user that the pipelines of a tree are planned from. They are read on disk alone: of those that a branch
 * holds and that are others there, nothing can be told.
 */
export class TreeFiles implements FileLookup {
  /** What the tree has of each path that was asked for: see ProjectTree.state. */
  readonly asked = new Map<string, string>();

  /** @param disk whose paths begin at the uppermost folder of the project */
  constructor(private readonly tree: ProjectTree, private readonly disk: OwnFiles) {}

  readonly answers: FileAnswers = (asking, request, from): FileAnswer | undefined => {
    const other = this.#other(request, from);
    return other ?? this.disk.answers(asking, request, from);
  };

  readonly lookUp = (): Promise<boolean> => this.disk.lookUp();

  #other({ paths }: FileRequest, from: string): BadFile | undefined {
    for (const { path, at } of paths) {
      const place = isAbsolute(path) ? path : join(dirname(from), path);
      this.asked.set(place, this.tree.state(place));
      if (this.tree.isOnDisk(place)) continue;
      const message = `Cannot read "${place}": the one of this branch is not on disk`;
      return { state: "bad", at, message };
    }
  }
}
