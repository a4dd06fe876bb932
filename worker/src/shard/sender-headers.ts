import type { SenderContext } from "../objects/rpc.ts";

/** SenderContext as headers of an upgrade, which the Worker sets and nobody else can (http/upgrade.ts). */
export const headersOf = ({ project, tokenId, sender, owner, mapVersion }: SenderContext): Record<string, string> => ({
  "x-sightline-project": project,
  "x-sightline-token-id": tokenId,
  "x-sightline-sender": sender,
  ...(owner === undefined ? {} : { "x-sightline-owner": encodeURIComponent(owner) }),
  ...(mapVersion === undefined ? {} : { "x-sightline-map-version": String(mapVersion) }),
});

export function contextOf(headers: Headers, project: string): SenderContext {
  const tokenId = headers.get("x-sightline-token-id") ?? "";
  const owner = headers.get("x-sightline-owner");
  const version = headers.get("x-sightline-map-version");
  return {
    project: headers.get("x-sightline-project") ?? project,
    tokenId,
    sender: headers.get("x-sightline-sender") ?? tokenId,
    ...(owner === null ? {} : { owner: decodeURIComponent(owner) }),
    ...(version === null ? {} : { mapVersion: Number(version) }),
  };
}
