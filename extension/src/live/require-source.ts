import type { DataSource } from "@sightline/shared/api/data-source";
import type { Session } from "./session.ts";
import { offerServer } from "./sign-in.ts";

/** The connected source, or null after telling the person why there is none and what to do. */
export function requireSource(session: Session): DataSource | null {
  const { source, state, url } = session;
  if (source !== null && (state === "live" || state === "connecting")) return source;
  const why =
    source === null
      ? "You are not signed in to a Sightline server."
      : state === "unauthorized"
        ? `${url} no longer accepts the token.`
        : `No Sightline server answers at ${url}.`;
  void offerServer(why);
  return null;
}
