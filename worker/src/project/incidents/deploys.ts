import type { Deploy, NewDeploy } from "@sightline/shared/model/deploy";
import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import { recordAudit } from "../audit-log.ts";
import { type ProjectPorts, newId } from "../project-ports.ts";
import { bumpConfigVersion } from "../shard-configuration.ts";

const KEEP_MS = 90 * 86_400_000;
const MAX_DEPLOYS = 10_000;
/** Pipelines report twice; a version that goes out again later is a deploy of its own. */
const SAME_WITHIN_MS = 600_000;
/** A clock that runs ahead is forgiven this much. */
const AHEAD_MS = 300_000;

type DeployRow = { body: string };
// Bodies are what recordDeploy() wrote.
const parse = ({ body }: DeployRow): Deploy => JSON.parse(body) as Deploy;

/** Deploys since a time in ms, newest first; of one service, or of all when it is null. */
export function listDeploys(ports: ProjectPorts, service: string | null, sinceMs: number, limit: number): readonly Deploy[] {
  return ports.database
    .all<DeployRow>(
      "SELECT body FROM deploys WHERE at >= ? AND (? IS NULL OR json_extract(body, '$.service') = ?) ORDER BY at DESC LIMIT ?",
      sinceMs,
      service,
      service,
      limit,
    )
    .map(parse);
}

export function findDeploy(ports: ProjectPorts, id: string): Deploy | null {
  const [row] = ports.database.all<DeployRow>("SELECT body FROM deploys WHERE id = ?", id);
  return row === undefined ? null : parse(row);
}

/** Deploys between two times in ms, oldest first. */
export function deploysBetween(ports: ProjectPorts, startMs: number, endMs: number, limit: number): readonly Deploy[] {
  return ports.database
    .all<DeployRow>("SELECT body FROM deploys WHERE at BETWEEN ? AND ? ORDER BY at LIMIT ?", startMs, endMs, limit)
    .map(parse);
}

const sameDeploy = (left: Deploy, right: Deploy): boolean =>
  left.service === right.service && left.version === right.version && left.host === right.host;

/** Reported twice within ten minutes it is one: `created` tells. Codes: `bad_request`. */
export function recordDeploy(
  ports: ProjectPorts,
  by: Principal,
  { at, ...told }: NewDeploy,
): Result<{ readonly deploy: Deploy; readonly created: boolean }> {
  const now = ports.now();
  const deploy: Deploy = { id: newId(ports), ...told, at: at ?? now };
  if (deploy.at > now + AHEAD_MS)
    return fail("bad_request", "The deploy lies in the future; give the time it was done, or none for now. Nothing was kept.");
  if (deploy.at < now - KEEP_MS)
    return fail("bad_request", "The deploy is older than the 90 days for which deploys are kept. Nothing was kept.");
  return ports.database.transaction(() => {
    const near = deploysBetween(ports, deploy.at - SAME_WITHIN_MS, deploy.at + SAME_WITHIN_MS, MAX_DEPLOYS);
    const known = near.find((one) => sameDeploy(one, deploy));
    if (known !== undefined) return ok({ deploy: known, created: false });
    ports.database.run("INSERT INTO deploys (id, at, body) VALUES (?, ?, ?)", deploy.id, deploy.at, JSON.stringify(deploy));
    pruneDeploys(ports);
    recordAudit(ports, by, "deploy", `${deploy.service} ${deploy.version}`);
    // Shards hold series against what they were before.
    bumpConfigVersion(ports);
    return ok({ deploy, created: true });
  });
}

/** Inside a transaction: what is older than 90 days, and the oldest beyond the bound. */
function pruneDeploys(ports: ProjectPorts): void {
  const [over] = ports.database.all<{ at: number }>("SELECT at FROM deploys ORDER BY at DESC LIMIT 1 OFFSET ?", MAX_DEPLOYS);
  ports.database.run("DELETE FROM deploys WHERE at < ? OR at <= ?", ports.now() - KEEP_MS, over?.at ?? 0);
}
