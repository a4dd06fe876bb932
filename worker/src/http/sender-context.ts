import type { Principal } from "@sightline/shared/model/principal";
import { IMPORT_SENDER } from "@sightline/shared/protocol/import-sender";
import type { SenderContext } from "../objects/rpc.ts";
import { HttpFailure } from "./http-failure.ts";

function senderName(request: Request): string | null {
  const name = request.headers.get("x-sightline-sender");
  if (name !== null && !/^[\w.:@/-]{1,128}$/.test(name)) {
    throw new HttpFailure("bad_request", "X-Sightline-Sender takes 1 to 128 letters, digits or any of _ . : @ / -. Nothing was kept.");
  }
  return name;
}

/**
 * What frames are routed by: the sender's own id, which stays the same when its token is replaced; the token for senders
 * that do not name themselves. A sender belongs to tokens of the name that it first came with; an administrator's may write for any.
 * An administrator's import replaces what is there, whichever shard has it, and goes where it does (project/shard-owners.ts);
 * anybody else's may not, and goes by its token.
 */
export function frameContext(principal: Principal, request: Request): SenderContext {
  const { project, tokenId, tokenName, role } = principal;
  const name = senderName(request);
  if (role === "admin") return { project, tokenId, sender: name ?? tokenId };
  return { project, tokenId, sender: name === null || name.startsWith(IMPORT_SENDER) ? tokenId : name, owner: tokenName };
}

/** The sender of writes without HELLO: the token, told apart further by `X-Sightline-Sender` when several share it. */
export function senderContext(principal: Principal, request: Request): SenderContext {
  const name = senderName(request);
  return {
    project: principal.project,
    tokenId: principal.tokenId,
    sender: name === null ? principal.tokenId : `${principal.tokenId}:${name}`,
  };
}
