import type { Failure, Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import type { HandedOver, SenderContext, ShardMap } from "../objects/rpc.ts";
import { homeOf, otherOwners, ownerOf, splitOf } from "../project/shard-owners.ts";
import type { SqlDatabase } from "../storage/sql-database.ts";
import { type Claim, type MovingMark, loadClaims, saveClaim } from "./claim-table.ts";

export interface ClaimPorts {
  readonly database: SqlDatabase;
  /** This shard's object name. */
  readonly self: string;
  /** The newest map this shard was told; undefined before the first. */
  readonly map: () => ShardMap | undefined;
  /** Asks Project for the newest map. */
  readonly refresh: () => Promise<void>;
  readonly askHandOver: (shard: string, sender: string, mapVersion: number) => Promise<Result<HandedOver>>;
  readonly markOf: (sender: string) => MovingMark | undefined;
  readonly forget: (sender: string) => void;
  readonly answersOf: (sender: string) => HandedOver["answers"];
  /** Takes what was handed over; resolves when it is durable. */
  readonly take: (sender: string, mark: MovingMark | null, answers: HandedOver["answers"]) => Promise<void>;
  /** From `sinceMs` on, now where it is absent, what a sender writes here may go on from what these shards know. */
  readonly cameFrom: (shards: readonly string[], sinceMs?: number) => void;
  /** Resolves when everything appended so far is durable. */
  readonly settled: () => Promise<void>;
}

/** Who writes: `context` as it was routed, `sender` whose sequence it is (HELLO's for frames). */
export interface Writer {
  readonly context: SenderContext;
  readonly sender: string;
  /** Frames carry a sequence, which a token of another name must not move. */
  readonly frames: boolean;
}

const passOf = ({ sender, owner }: SenderContext): string => `${sender} ${owner ?? ""}`;

const FREE: Claim = { owner: "", held: null, version: 0, mark: null };

const moved = (sender: string, version: number): Failure =>
  fail(
    "moved",
    `the sender ${sender} belongs to another shard since version ${version} of the shard map; nothing was taken, connect again`,
    100,
  ).error;

const behind = fail("unavailable", "this shard could not learn the newest shard map; nothing was taken, try again", 1000).error;

const taken = (sender: string, owner: string): Failure =>
  fail(
    "sender_taken",
    `the sender ${sender} belongs to the token "${owner}"; nothing was taken. Send under another id, or with a token of that name`,
  ).error;

/**
 * Whether this shard may take a sender's writes. A sender whose shard has changed is taken over first: every shard that may
 * have had it is told to refuse it, and hands over where its sequence stands. Until that is durable here nothing is accepted,
 * so a frame is in one shard only, whatever map its messenger went by.
 */
export class SenderClaims {
  readonly #ports: ClaimPorts;
  readonly #claims: Map<string, Claim>;
  readonly #claiming = new Map<string, Promise<Failure | null>>();
  /** Senders let in, with what they were routed by and whose they are, under the map of `#version`. */
  readonly #admitted = new Map<string, string>();
  #version = 0;

  constructor(ports: ClaimPorts) {
    this.#ports = ports;
    this.#claims = loadClaims(ports.database);
    // Read back from the log, but told elsewhere since.
    for (const [sender, claim] of this.#claims) if (claim.held === false) ports.forget(sender);
  }

  /** Null: go ahead. Codes: `moved`, `sender_taken`, `unavailable` (a shard that must hand over does not answer). */
  admit(writer: Writer): Failure | null | Promise<Failure | null> {
    const { context, sender } = writer;
    const version = this.#ports.map()?.version ?? 1;
    if (version !== this.#version) {
      this.#admitted.clear();
      this.#version = version;
    }
    if ((context.mapVersion ?? 0) > version) return this.#afterRefresh(writer);
    if (this.#admitted.get(sender) === passOf(context)) return null;
    return this.#judge(writer);
  }

  /** Whether writes routed by this name come here by the map this shard knows. */
  owns(name: string): boolean {
    const map = this.#ports.map();
    return map === undefined || map.version === 1 || ownerOf(map, name) === this.#ports.self;
  }

  /** The shards of a divided sender whose primary this is, by the name it is routed by. */
  dividedAmong(name: string): readonly string[] | undefined {
    const map = this.#ports.map();
    const shards = map === undefined ? undefined : splitOf(map, name);
    return shards?.[0] === this.#ports.self ? shards : undefined;
  }

  isDivided(name: string): boolean {
    const map = this.#ports.map();
    return map !== undefined && splitOf(map, name) !== undefined;
  }

  /** For a connection that has not said HELLO yet: null, `moved`, or `unavailable`. */
  async route(name: string, mapVersion: number): Promise<Failure | null> {
    const behindIt = await this.learnMap(mapVersion);
    if (behindIt !== null || this.owns(name)) return behindIt;
    return moved(name, this.#ports.map()?.version ?? 1);
  }

  /** Null: this shard knows a map that is no older. `unavailable` where it could not learn it. */
  async learnMap(mapVersion: number): Promise<Failure | null> {
    const version = (): number => this.#ports.map()?.version ?? 1;
    if (mapVersion > version()) await this.#ports.refresh();
    return mapVersion > version() ? behind : null;
  }

  async #afterRefresh(writer: Writer): Promise<Failure | null> {
    return (await this.learnMap(writer.context.mapVersion ?? 0)) ?? this.admit(writer);
  }

  #judge(writer: Writer): Failure | null | Promise<Failure | null> {
    const { context, sender, frames } = writer;
    const { self } = this.#ports;
    const map = this.#ports.map();
    const claim = this.#claims.get(sender) ?? FREE;
    if (frames && context.owner !== undefined && claim.owner !== "" && claim.owner !== context.owner) return taken(sender, claim.owner);
    let others: readonly string[] = [];
    if (map !== undefined && map.version > 1) {
      const split = map.splits.findLast((one) => one.sender === context.sender);
      if (split === undefined ? homeOf(map.shards, context.sender) !== self : !split.shards.includes(self))
        return moved(sender, map.version);
      if (split !== undefined && (context.mapVersion ?? split.version) < split.version) return moved(sender, split.version);
      // A share of a divided sender is not taken over: its primary answers for the sender.
      if (split !== undefined && split.shards[0] !== self) {
        // It had the sender whole, or was asked for it: what its log says of the sequence from here on is of the share, and holds.
        if (claim.held === false) this.#save(sender, { ...claim, held: null });
        this.#ports.cameFrom(split.shards.slice(0, 1), split.sinceMs);
        return this.#let(context, sender);
      }
      others = otherOwners(map, self, frames ? [context.sender, sender, context.tokenId] : [context.sender]);
    }
    if (claim.held === false || (others.length > 0 && claim.held !== true)) {
      // Handed over under a map that is not known here yet.
      if (claim.held === false && claim.version > (map?.version ?? 1))
        return this.#afterRefresh({ ...writer, context: { ...context, mapVersion: claim.version } });
      return this.#claim(writer, others, map?.version ?? 1);
    }
    if (frames && context.owner !== undefined && claim.owner === "") this.#save(sender, { ...claim, owner: context.owner });
    return this.#let(context, sender);
  }

  #let(context: SenderContext, sender: string): null {
    if (this.#admitted.size >= 100_000) this.#admitted.clear();
    this.#admitted.set(sender, passOf(context));
    return null;
  }

  #claim(writer: Writer, others: readonly string[], version: number): Promise<Failure | null> {
    const { sender } = writer;
    let claiming = this.#claiming.get(sender);
    if (claiming === undefined) {
      claiming = this.#takeOver(sender, others, version).finally(() => this.#claiming.delete(sender));
      this.#claiming.set(sender, claiming);
    }
    return claiming.then((failure) => failure ?? this.admit(writer));
  }

  async #takeOver(sender: string, others: readonly string[], version: number): Promise<Failure | null> {
    const answers = await Promise.all(
      others.map(async (shard) => {
        try {
          return { shard, answer: await this.#ports.askHandOver(shard, sender, version) };
        } catch {
          return { shard, answer: fail("unavailable", "it does not answer") };
        }
      }),
    );
    const before = this.#claims.get(sender) ?? FREE;
    let mark = this.#ports.markOf(sender) ?? before.mark;
    let { owner } = before;
    const kept: HandedOver["answers"][number][] = [];
    for (const { shard, answer } of answers) {
      if (!answer.ok) {
        return fail(
          "unavailable",
          `the sender ${sender} moves here from ${shard}, which cannot hand it over now (${answer.error.message}); nothing was taken, try again`,
          1000,
        ).error;
      }
      const told = answer.value;
      if (told.mark !== null && (mark === null || told.mark.at > mark.at)) mark = { sender, ...told.mark };
      if (owner === "") owner = told.owner;
      kept.push(...told.answers);
    }
    await this.#ports.take(sender, mark, kept);
    this.#ports.cameFrom(others);
    this.#save(sender, { owner, held: true, version, mark: null });
    return null;
  }

  /** The other side of `#takeOver`. Refuses the sender from this moment on; answers when what was accepted before is durable. */
  async handOver(sender: string, version: number): Promise<Result<HandedOver>> {
    if (this.#claiming.has(sender)) return fail("unavailable", "it is taking the sender over itself", 200);
    const before = this.#claims.get(sender) ?? FREE;
    this.#admitted.delete(sender);
    // In memory at once, on disk before the answer leaves; with the mark once that is settled.
    this.#claims.set(sender, { ...before, held: false, version: Math.max(version, before.version) });
    await this.#ports.settled();
    const mark = this.#ports.markOf(sender) ?? before.mark;
    this.#ports.forget(sender);
    this.#save(sender, { owner: before.owner, held: false, version: Math.max(version, before.version), mark });
    const { owner } = before;
    return ok({
      mark: mark === null ? null : { epoch: mark.epoch, seq: mark.seq, at: mark.at, hostName: mark.hostName },
      owner,
      answers: this.#ports.answersOf(sender),
    });
  }

  #save(sender: string, claim: Claim): void {
    this.#claims.set(sender, claim);
    saveClaim(this.#ports.database, sender, claim);
  }
}
