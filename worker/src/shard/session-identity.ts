import type { SenderContext } from "../objects/rpc.ts";
import type { SessionIdentity } from "./frame-session.ts";

const routeOf = ({ owner, mapVersion, share }: Pick<SenderContext, "owner" | "mapVersion" | "share">) => ({
  ...(owner === undefined ? {} : { owner }),
  ...(mapVersion === undefined ? {} : { mapVersion }),
  ...(share === undefined ? {} : { share }),
});

/** A connection before its HELLO. */
export const identityOf = (context: SenderContext): SessionIdentity => ({
  project: context.project,
  tokenId: context.tokenId,
  sender: "",
  epoch: "",
  routedBy: context.sender,
  ...routeOf(context),
});

/** How the connection came here. */
export const contextOf = (identity: SessionIdentity): SenderContext => ({
  project: identity.project,
  tokenId: identity.tokenId,
  sender: identity.routedBy ?? identity.tokenId,
  ...routeOf(identity),
});
