import type { Digest } from "../core/digest.ts";
import type { ArtifactType } from "../core/stage_kind.ts";

/** A drawn figure: a Vega-Lite spec with its data, and the pictures made from it. */
export interface Figure {
  readonly files: { readonly "vl.json": Digest; readonly svg: Digest; readonly png: Digest };
}

export const figureArtifact: ArtifactType<Figure> = { name: "figure", files: (figure) => figure.files };
