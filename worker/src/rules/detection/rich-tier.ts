import type { DetectorBank } from "@sightline/shared/anomaly/api";

/** Series of a shard that have the rich tier at a time, unless fewer are allowed: some 68 KB of memory and at most 43 KB of snapshot each, with what was said of them. */
const MOST = 512;
/** The same of a large shard. */
const LEAST = 64;
/** A series that has been suspect keeps its place this long when another wants it. */
const PLACE_MS = 86_400_000;
/** Series that a shard is sent up to which there are all places. For each more there is one fewer, down to LEAST. */
const SMALL = 1000;
/** Places come back so many at a time, so that a shard whose size goes up and down does not learn and forget with it. */
const BACK = 64;

/**
 * Which series of a shard deserve the rich tier: those that people pinned, then those that a rule or an SLO names or people have said
 * something real of, and, as far as there is room, those that the base tier found suspect lately, then any: in a small project every series has it from its
 * first sample on. In a large shard no place is for any: 64 would be a lottery that costs each sample of all of them 70 ns.
 */
export class RichTier {
  readonly #bank: Pick<DetectorBank, "enrich" | "impoverish">;
  readonly #pinned = new Set<number>();
  readonly #watched = new Set<number>();
  /** When each was suspect last, the longest ago first. */
  readonly #suspects = new Map<number, number>();
  /** Those that are there since nobody else wants their places: what a host tells of itself goes before what a service does. */
  readonly #hosts = new Set<number>();
  readonly #guests = new Set<number>();
  /** Of those that found no place: what somebody asked for, and any other, with whether it is of a host. */
  readonly #wanted = new Set<number>();
  readonly #waiting = new Map<number, boolean>();
  /** Series that were sent when they were counted last, and slots there were; 0 before. */
  #counted = { sent: 0, slots: 0 };
  #most = MOST;
  #places = MOST;
  #isLarge = false;
  /** The object has woken, and what it was sent before it slept is not counted yet. */
  #hasWoken = false;

  constructor(bank: Pick<DetectorBank, "enrich" | "impoverish">) {
    this.#bank = bank;
  }

  /** Before the first series: so many places at most, of a small shard, too. */
  limit(places: number): void {
    this.#most = places;
    this.#places = places;
  }

  get size(): number {
    return this.#pinned.size + this.#watched.size + this.#suspects.size + this.#guests.size + this.#hosts.size;
  }

  /** A new series; `ofHost` when its host tells of itself. In a shard that has become large the places go to suspects alone. */
  welcome(slot: number, ofHost: boolean): void {
    if (!this.#hasWoken) this.#resize(this.#counted.sent + slot - this.#counted.slots);
    if (this.#hasWoken || this.#isLarge || !this.#admits(slot, ofHost)) this.#waiting.set(slot, ofHost);
  }

  /** As many places as a shard has that is sent so many series. */
  #resize(sent: number): void {
    this.#isLarge = sent >= SMALL + this.#most - LEAST;
    const room = SMALL + this.#most - sent;
    const places = Math.min(this.#most, Math.max(LEAST, room));
    if (places < this.#places || room >= this.#places + BACK) this.#places = places;
    if (this.#isLarge) this.#letGuestsGo();
  }

  /**
   * Gives places of what has ended, as many as it takes, to those that wait and are sent. Of `slots` series `sent` are sent now. What an
   * outage silences keeps its place, with all that was learned; what comes back without one waits for one.
   */
  renew(sent: number, slots: number, isSilent: (slot: number) => boolean, hasEnded: (slot: number) => boolean): void {
    // Where nothing is sent nothing is known: the object has just woken, or all of it is silent.
    if (sent === 0) return;
    this.#hasWoken = false;
    this.#counted = { sent, slots };
    this.#resize(sent);
    // Those that nobody asked for lose their places first, what is silent before what has learned for longest, and pinned ones none.
    this.#free(0, isSilent);
    this.#free(0, () => true, true);
    if (this.#isLarge) this.#waiting.clear();
    for (const slot of this.#waiting.keys()) if (this.#hasPlace(slot)) this.#waiting.delete(slot);
    const wanted = [...this.#wanted].filter((slot) => !isSilent(slot));
    const waiting = [...this.#waiting].filter(([slot]) => !isSilent(slot)).sort((a, b) => Number(a[1]) - Number(b[1]));
    this.#free(wanted.length + waiting.length, hasEnded);
    for (const slot of wanted) this.#want(slot);
    for (const [slot, ofHost] of waiting) {
      if (!this.#admits(slot, ofHost)) break;
      this.#waiting.delete(slot);
    }
  }

  /** Up to so many places, of those that may go, those that came first or `newest`; of suspects the longest ago suspect. */
  #free(places: number, mayGo: (slot: number) => boolean, newest = false): void {
    for (const held of [this.#hosts, this.#guests, this.#suspects, this.#watched]) {
      if (this.#places - this.size >= places) return;
      for (const slot of newest && held !== this.#suspects ? [...held.keys()].toReversed() : held.keys()) {
        if (this.#places - this.size >= places) return;
        if (!mayGo(slot)) continue;
        held.delete(slot);
        this.#bank.impoverish(slot);
        if (held === this.#watched) this.#wanted.add(slot);
        else this.#waiting.set(slot, held === this.#hosts);
      }
    }
  }

  #admits(slot: number, ofHost: boolean): boolean {
    const admits = this.size < this.#places || (!ofHost && this.#yieldsGuest(this.#hosts));
    if (admits) this.#enter(ofHost ? this.#hosts : this.#guests, slot);
    return admits;
  }

  #want(slot: number): void {
    const finds = this.#leaves(slot) || this.#hasRoom(Infinity);
    if (finds) this.#enter(this.#watched, slot);
    if (finds) this.#wanted.delete(slot);
    else this.#wanted.add(slot);
  }

  #hasPlace(slot: number): boolean {
    return [this.#pinned, this.#watched, this.#suspects, this.#guests, this.#hosts].some((places) => places.has(slot));
  }

  #leaves(slot: number): boolean {
    return this.#suspects.delete(slot) || this.#guests.delete(slot) || this.#hosts.delete(slot);
  }

  watch(slot: number, wanted: boolean, pinned = false): void {
    if (pinned) {
      if (this.#pinned.has(slot)) return;
      if (this.#watched.delete(slot) || this.#leaves(slot) || this.#hasRoom(Infinity) || this.#yields()) this.#enter(this.#pinned, slot);
      return;
    }
    // It stays as one that was suspect, so that a rule that is edited costs no memory of the series.
    if (this.#pinned.delete(slot)) this.#suspects.set(slot, 0);
    if (!wanted) {
      this.#wanted.delete(slot);
      if (this.#watched.delete(slot)) this.#suspects.set(slot, 0);
      return;
    }
    if (!this.#watched.has(slot)) this.#want(slot);
  }

  suspect(slot: number, tMs: number): void {
    if (this.#pinned.has(slot) || this.#watched.has(slot)) return;
    if (!this.#leaves(slot) && !this.#hasRoom(tMs)) return;
    this.#suspects.set(slot, tMs);
    this.#bank.enrich(slot);
  }

  /** A slot whose state was restored with the rich tier's; it gives the place up again when there is none, as far as that is known: a shard that wakes has not counted. */
  restored(slot: number): void {
    const isUncounted = this.#counted.sent === 0 && this.size < this.#most;
    this.#hasWoken = this.#counted.sent === 0;
    if (this.#pinned.has(slot) || this.#watched.has(slot) || this.#suspects.has(slot)) return;
    if (this.#leaves(slot) || isUncounted || this.#hasGuestToGo()) this.#suspects.set(slot, 0);
    else this.#bank.impoverish(slot);
  }

  #enter(places: Set<number>, slot: number): void {
    places.add(slot);
    this.#bank.enrich(slot);
  }

  /** A watched series gives its place to a pinned one; false when every place is pinned. */
  #yields(): boolean {
    for (const slot of this.#watched) {
      this.#watched.delete(slot);
      this.#bank.impoverish(slot);
      return true;
    }
    return false;
  }

  #hasGuestToGo(): boolean {
    return this.size < this.#places || this.#yieldsGuest(this.#hosts) || this.#yieldsGuest(this.#guests);
  }

  #yieldsGuest(guests: Set<number>): boolean {
    for (const slot of guests) {
      guests.delete(slot);
      this.#bank.impoverish(slot);
      this.#waiting.set(slot, guests === this.#hosts);
      return true;
    }
    return false;
  }

  #letGuestsGo(): void {
    for (const places of [this.#guests, this.#hosts]) {
      for (const slot of places) {
        this.#bank.impoverish(slot);
        this.#waiting.set(slot, places === this.#hosts);
      }
      places.clear();
    }
  }

  /** Makes room, where there is none, by a series that nobody asked for, or whose suspicion is older than a day at `tMs`. */
  #hasRoom(tMs: number): boolean {
    if (this.#hasGuestToGo()) return true;
    for (const [slot, at] of this.#suspects) {
      if (tMs - at < PLACE_MS) return false;
      this.#suspects.delete(slot);
      this.#bank.impoverish(slot);
      return true;
    }
    return false;
  }
}
