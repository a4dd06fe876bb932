import type { KnownDeploy } from "../objects/rpc.ts";
import type { ProjectPorts } from "./project-ports.ts";

const WITHIN_MS = 2 * 86_400_000;
const MOST = 500;

/** The newest deploy of each service and host in the last two days: what shards hold series against. */
export function newestDeploys(ports: ProjectPorts): readonly KnownDeploy[] {
  // Bodies are what recordDeploy() wrote.
  const recent = ports.database
    .all<{ body: string }>("SELECT body FROM deploys WHERE at >= ? ORDER BY at DESC LIMIT ?", ports.now() - WITHIN_MS, MOST)
    .map(({ body }) => JSON.parse(body) as KnownDeploy);
  const newest = new Map<string, KnownDeploy>();
  for (const { service, at, host } of recent) {
    const key = JSON.stringify([service, host]);
    if (!newest.has(key)) newest.set(key, { service, at, ...(host === undefined ? {} : { host }) });
  }
  return [...newest.values()];
}
