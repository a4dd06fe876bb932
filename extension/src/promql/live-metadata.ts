import { promqlMetadata } from "@sightline/shared/api/promql-metadata";
import type { PromqlMetadata } from "@sightline/shared/promql/editor/metadata";
import type { Session } from "../live/session.ts";

/** Of the server signed in to; null while it cannot be asked. */
export function liveMetadata(session: Session): () => PromqlMetadata | null {
  let known: { readonly source: Session["source"]; readonly metadata: PromqlMetadata } | null = null;
  return () => {
    const { source } = session;
    if (source === null || source.connection !== "live") return null;
    if (known?.source !== source) known = { source, metadata: promqlMetadata(source, Date.now) };
    return known.metadata;
  };
}
