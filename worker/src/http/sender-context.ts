import type { Principal } from "@sightline/shared/model/principal";
import type { SenderContext } from "../objects/rpc.ts";
import { HttpFailure } from "./http-failure.ts";

/** The sender of writes without HELLO: the token, told apart further by `X-Sightline-Sender` when several share it. */
export function senderContext(principal: Principal, request: Request): SenderContext {
  const name = request.headers.get("x-sightline-sender");
  if (name !== null && !/^[\w.:@/-]{1,128}$/.test(name)) {
    throw new HttpFailure("bad_request", "X-Sightline-Sender takes 1 to 128 letters, digits or any of _ . : @ / -. Nothing was kept.");
  }
  return {
    project: principal.project,
    tokenId: principal.tokenId,
    sender: name === null ? principal.tokenId : `${principal.tokenId}:${name}`,
  };
}
