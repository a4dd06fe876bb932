import type { Principal } from "@sightline/shared/model/principal";
import { type Result, fail, ok } from "@sightline/shared/model/result";
import type { ShardEpoch, ShardMap, SplitEpoch } from "../objects/rpc.ts";
import { recordAudit } from "./audit-log.ts";
import type { ProjectPorts } from "./project-ports.ts";
import { ownerOf, splitOf } from "./shard-owners.ts";

/** Which shards there were and are, since when. Epochs are only ever added: data of an old one stay where they were written. */

const MAX_SHARDS = 256;
/** Shards a sender is divided among; a project that has fewer grows to as many by itself. */
const SPLIT_SHARDS = 4;

const nameOf = (ports: ProjectPorts, position: number): string => `${ports.project}/shard-${position}`;

const namesOf = (ports: ProjectPorts, count: number): string[] => Array.from({ length: count }, (_, position) => nameOf(ports, position));

/** The first epoch: one shard. */
export function seedShards(ports: ProjectPorts): void {
  ports.database.run("INSERT OR IGNORE INTO shard_epochs (version, since, shards) VALUES (1, ?, 1)", ports.now());
  // Not due: a shard that wakes without a configuration asks for it.
  ports.database.run(
    "INSERT OR IGNORE INTO shards (name, position, config_version, attempts, retry_at) VALUES (?, 0, 0, 0, NULL)",
    nameOf(ports, 0),
  );
}

export function readShardMap(ports: ProjectPorts): ShardMap {
  const epochs: readonly ShardEpoch[] = ports.database
    .all<{ version: number; since: number; shards: number }>("SELECT version, since, shards FROM shard_epochs ORDER BY version")
    .map(({ version, since, shards }) => ({ version, sinceMs: since, shards: namesOf(ports, shards) }));
  const splits: readonly SplitEpoch[] = ports.database
    .all<{ version: number; since: number; sender: string; shards: string }>(
      "SELECT version, since, sender, shards FROM shard_splits ORDER BY version",
    )
    // Written by `split` alone.
    .map(({ version, since, sender, shards }) => ({ version, sinceMs: since, sender, shards: JSON.parse(shards) as string[] }));
  const version = Math.max(epochs.at(-1)?.version ?? 1, splits.at(-1)?.version ?? 1);
  return { version, shards: epochs.at(-1)?.shards ?? [nameOf(ports, 0)], epochs, splits };
}

function grow(ports: ProjectPorts, map: ShardMap, count: number): void {
  const now = ports.now();
  ports.database.run("INSERT INTO shard_epochs (version, since, shards) VALUES (?, ?, ?)", map.version + 1, now, count);
  for (let position = map.shards.length; position < count; position++) {
    ports.database.run(
      "INSERT OR IGNORE INTO shards (name, position, config_version, attempts, retry_at) VALUES (?, ?, 0, 0, ?)",
      nameOf(ports, position),
      position,
      now,
    );
  }
}

/** A new epoch with `count` shards; as many as there are changes nothing. `changed` runs in the same transaction. Codes: `bad_request`, `conflict`. */
export function growShards(ports: ProjectPorts, by: Principal, count: number, changed: () => void): Result<ShardMap> {
  const before = readShardMap(ports);
  const known = before.shards.length;
  if (!Number.isInteger(count) || count < 1 || count > MAX_SHARDS)
    return fail("bad_request", `shards takes a whole number from ${known} to ${MAX_SHARDS}. Nothing was changed.`);
  if (count < known)
    return fail("conflict", `There are ${known} shards, and their data stay where they are: the number only grows. Nothing was changed.`);
  if (count === known) return ok(before);
  return ports.database.transaction(() => {
    grow(ports, before, count);
    recordAudit(ports, by, "shards.grow", `${known} to ${count} shards`);
    changed();
    return ok(readShardMap(ports));
  });
}

/**
 * Divides a sender's series among several shards, its present one first. Grows the map when there are too few, as far as
 * projects grow by themselves. Once only: a sender that is divided already leaves the map as it is.
 */
export function splitSender(ports: ProjectPorts, by: Principal, sender: string, changed: () => void): ShardMap {
  const before = readShardMap(ports);
  if (splitOf(before, sender) !== undefined) return before;
  return ports.database.transaction(() => {
    const primary = ownerOf(before, sender);
    if (before.shards.length < SPLIT_SHARDS) {
      grow(ports, before, SPLIT_SHARDS);
      recordAudit(ports, by, "shards.grow", `${before.shards.length} to ${SPLIT_SHARDS} shards, for the sender ${sender}`);
    }
    const map = readShardMap(ports);
    // Those that follow the primary, round the end: several big senders should not all land on the first shards.
    const place = map.shards.indexOf(primary);
    const shards = [...map.shards.slice(place), ...map.shards.slice(0, place)].slice(0, SPLIT_SHARDS);
    ports.database.run(
      "INSERT INTO shard_splits (version, since, sender, shards) VALUES (?, ?, ?, ?)",
      map.version + 1,
      ports.now(),
      sender,
      JSON.stringify(shards),
    );
    recordAudit(ports, by, "shards.split", `the sender ${sender} over ${shards.length} shards`);
    changed();
    return readShardMap(ports);
  });
}
