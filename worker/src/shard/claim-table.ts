import type { HandedOver } from "../objects/rpc.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";

export type MovingMark = NonNullable<HandedOver["mark"]> & { readonly sender: string };

/** What a shard remembers of a sender besides its mark; senders that need none of it have no row. */
export interface Claim {
  /** Name of the token that sends for it; empty: any may. */
  readonly owner: string;
  /** True: nobody else takes it. False: it was handed over under `version`. Null: it never was anywhere else, or this shard takes a share of it. */
  readonly held: boolean | null;
  /** Map version of the last move; 0 for none. */
  readonly version: number;
  /** Where it stood when it was handed over, for the shard that asks again. */
  readonly mark: MovingMark | null;
}

type ClaimRow = { sender: string; owner: string; held: number | null; version: number; mark: string };

export function loadClaims(database: SqlDatabase): Map<string, Claim> {
  const claims = new Map<string, Claim>();
  for (const row of database.all<ClaimRow>("SELECT sender, owner, held, version, mark FROM sender_claims")) {
    const mark = row.mark === "" ? null : (JSON.parse(row.mark) as MovingMark);
    claims.set(row.sender, { owner: row.owner, held: row.held === null ? null : row.held === 1, version: row.version, mark });
  }
  return claims;
}

export function saveClaim(database: SqlDatabase, sender: string, { owner, held, version, mark }: Claim): void {
  database.run(
    "INSERT OR REPLACE INTO sender_claims (sender, owner, held, version, mark) VALUES (?, ?, ?, ?, ?)",
    sender,
    owner,
    held === null ? null : Number(held),
    version,
    mark === null ? "" : JSON.stringify(mark),
  );
}
