import { expect, test } from "vitest";
import { MAX_LONG_QUERIES, MAX_WAITING_QUERIES, ReaderTurns, RULES } from "../../worker/src/query/reader-turns.ts";

/** A clock whose waits end when it is moved on to their time, all that are due in one pass, as those of an event loop do. */
class Clock {
  ms = 0;
  passes = 0;
  readonly #waits: { readonly at: number; readonly resolve: () => void }[] = [];

  readonly now = (): number => this.ms;
  readonly wait = (ms: number): Promise<void> => new Promise((resolve) => this.#waits.push({ at: this.ms + ms, resolve }));

  async pass(): Promise<void> {
    this.ms += 1;
    this.passes += 1;
    const due = this.#waits.filter(({ at }) => at <= this.ms);
    for (const wait of due) this.#waits.splice(this.#waits.indexOf(wait), 1);
    for (const { resolve } of due) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const enough = (): boolean => true;

test("of many readers one computes a share at a time, each in its turn", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  const shares: { readonly reader: number; readonly pass: number }[] = [];
  const read = async (reader: number): Promise<void> => {
    for (let share = 0; share < 5; share++) {
      await turns.turn(clock.wait, enough);
      shares.push({ reader, pass: clock.passes });
    }
  };
  const all = Promise.all(Array.from({ length: 20 }, (_, reader) => read(reader)));
  while (shares.length < 100 && clock.passes < 10_000) await clock.pass();
  await all;
  expect(new Set(shares.map(({ pass }) => pass)).size).toBe(100);
  expect(new Set(shares.slice(0, 20).map(({ reader }) => reader)).size).toBe(20);
});

test("a reader that is alone stops for one turn, as long as nothing is on its way to the disk", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  const turn = turns.turn(clock.wait, (waits) => waits === 3);
  for (let pass = 0; pass < 3; pass++) await clock.pass();
  await turn;
  expect(clock.passes).toBe(3);
});

test("of more long queries than may be under way one goes on when another leaves, or is told when its time is over", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  const readers = Array.from({ length: MAX_LONG_QUERIES + 2 }, (_, at) => ({ deadlineMs: at === MAX_LONG_QUERIES ? 300 : 1e9 }));
  const went = new Set<object>();
  const reading = readers.map(async (reader) => {
    await turns.turn(clock.wait, enough, reader);
    went.add(reader);
  });
  // What is under way stops again and again, as long queries do.
  const again = async (): Promise<void> => {
    for (const reader of readers.slice(0, MAX_LONG_QUERIES))
      if (went.has(reader)) await Promise.race([turns.turn(clock.wait, enough, reader), clock.pass()]);
    await clock.pass();
  };
  while (went.size < MAX_LONG_QUERIES) await clock.pass();
  expect([...went]).toEqual(readers.slice(0, MAX_LONG_QUERIES));
  while (went.size < MAX_LONG_QUERIES + 1 && clock.passes < 5000) await again();
  expect(clock.ms).toBeGreaterThan(300);
  const [first, late, last] = [readers[0], readers[MAX_LONG_QUERIES], readers[MAX_LONG_QUERIES + 1]];
  if (first === undefined || late === undefined || last === undefined) throw new Error("no readers");
  expect([turns.isActive(late), turns.isActive(first), went.has(last)]).toEqual([false, true, false]);
  turns.leave(first);
  while (went.size < readers.length && clock.passes < 10_000) await clock.pass();
  await Promise.all(reading);
  expect(turns.isActive(last)).toBe(true);
});

test("rules have every second turn, of two shards each its own, however many questions there are and as many long ones as may be under way", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  const shares: string[] = [];
  const goes = async (name: string, reader: (typeof RULES | { readonly deadlineMs: number }) | undefined, most: number): Promise<void> => {
    for (let share = 0; share < most; share++) {
      await turns.turn(clock.wait, enough, reader);
      shares.push(name);
    }
  };
  const long = Array.from({ length: MAX_LONG_QUERIES + 1 }, () => ({ deadlineMs: Infinity }));
  const asked = [...long, undefined, undefined, undefined].map((reader) => goes("question", reader, 200));
  while (shares.length < 50) await clock.pass();
  expect(turns.isFull).toBe(true);
  const before = shares.length;
  const rules = Promise.all([goes("rule of a", RULES, 20), goes("rule of b", RULES, 20)]);
  while (shares.filter((name) => name !== "question").length < 40 && clock.passes < 10_000) await clock.pass();
  await rules;
  const beside = shares.slice(before);
  expect(beside.length).toBeLessThanOrEqual(64);
  expect(beside.filter((name) => name === "question").length).toBeGreaterThanOrEqual(18);
  expect(beside.slice(0, 12).filter((name) => name === "rule of a").length).toBeGreaterThanOrEqual(3);
  for (const reader of long) turns.leave(reader);
  while (shares.length < 8 * 200 + 40 && clock.passes < 100_000) {
    for (const reader of long) turns.leave(reader);
    await clock.pass();
  }
  await Promise.all(asked);
});

test("nobody waits for a reader that does not come any more", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  // Its client went away: what it waits for never comes.
  void turns.turn(() => new Promise(() => undefined), enough);
  const went: string[] = [];
  const other = turns.turn(clock.wait, enough).then(() => went.push("the other"));
  while (went.length === 0 && clock.passes < 20_000) await clock.pass();
  await other;
  expect(went).toEqual(["the other"]);
});

test("who waits is woken by the one before, and only the next one has a timer that runs", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  let timers = 0;
  const wait = (ms: number): Promise<void> => {
    if (ms === 0) timers++;
    return clock.wait(ms);
  };
  const all = Promise.all(Array.from({ length: 20 }, () => turns.turn(wait, enough)));
  await clock.pass();
  expect(timers).toBe(1 + 1);
  while (turns.isBusy && clock.passes < 10_000) await clock.pass();
  await all;
  // Each waits anew where another's share began meanwhile: what came during that is looked at first.
  expect(clock.passes).toBeLessThanOrEqual(2 * 20);
});

test("of queries of a few dozen ms the first to come is the first to end", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  const ended: number[] = [];
  const read = async (reader: number): Promise<void> => {
    const one = { deadlineMs: 1e9 };
    for (let share = 0; share < 8; share++) await turns.turn(clock.wait, enough, one);
    turns.leave(one);
    ended.push(reader);
  };
  const all = Promise.all([read(0), read(1), read(2), read(3)]);
  const endedAfter: number[] = [];
  while (ended.length < 4 && clock.passes < 10_000) {
    await clock.pass();
    while (endedAfter.length < ended.length) endedAfter.push(clock.passes);
  }
  await all;
  expect(ended).toEqual([0, 1, 2, 3]);
  expect(endedAfter[1]).toBeLessThan(0.6 * (endedAfter[3] ?? 0));
});

test("a question computes less in one go beside writes and beside others, and least beside both", async () => {
  const clock = new Clock();
  const turns = new ReaderTurns(clock.now);
  const alone = turns.firstShareNs;
  turns.written();
  const besideWrites = turns.firstShareNs;
  const turn = turns.turn(clock.wait, enough);
  const besideBoth = turns.firstShareNs;
  clock.ms += 2000;
  expect([besideBoth < besideWrites, besideWrites < alone, turns.firstShareNs]).toEqual([true, true, besideWrites]);
  await clock.pass();
  await turn;
  expect(turns.firstShareNs).toBe(alone);
});

test("short questions of several clients together let writes go first as one that takes as long does; those of one client need not", () => {
  const turns = new ReaderTurns(() => 0);
  const answered = turns.ask();
  turns.computed(18e6);
  expect(turns.isBusy).toBe(false);
  turns.ask();
  turns.computed(5e6);
  expect(turns.isBusy).toBe(false);
  turns.computed(18e6);
  expect(turns.isBusy).toBe(true);
  answered();
  expect(turns.isBusy).toBe(false);
  turns.ask();
  // A line of these would not end as long as four clients ask.
  for (let k = 0; k < 1000; k++) turns.computed(30_000);
  expect(turns.isBusy).toBe(false);
});

test("no object ends what another one waits for: a reader goes on in a timer of its own object", async () => {
  const [ours, theirs] = [new Clock(), new Clock()];
  const asked: number[] = [];
  const turns = new ReaderTurns(ours.now);
  const went: string[] = [];
  const read = async (name: string, clock: Clock): Promise<void> => {
    const wait = (ms: number): Promise<void> => {
      if (clock === theirs) asked.push(ms);
      return clock.wait(ms);
    };
    await turns.turn(wait, enough, undefined, clock);
    went.push(name);
  };
  const reading = [read("ours", ours), read("theirs", theirs), read("theirs, behind it", theirs), read("ours again", ours)];
  for (let pass = 0; pass < 20; pass++) await ours.pass();
  expect(went).toEqual(["ours"]);
  expect(asked, "the first of them looks by itself, and nobody was woken from here").toEqual([0, 1000]);
  while (went.length < 3) await theirs.pass();
  expect(went).toEqual(["ours", "theirs", "theirs, behind it"]);
  while (went.length < 4) await ours.pass();
  await Promise.all(reading);
});

/** A clock as an object's is: timers run one after the other, a ms each, in the order of their times. */
class SerialClock {
  ms = 0;
  timers = 0;
  #waits: { readonly at: number; readonly resolve: () => void }[] = [];

  readonly now = (): number => this.ms;
  readonly wait = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const one = { at: this.ms + ms, resolve };
      this.#waits.push(one);
      signal?.addEventListener("abort", () => (this.#waits = this.#waits.filter((each) => each !== one)));
    });

  async pass(): Promise<void> {
    this.ms += 1;
    const [due] = this.#waits.filter(({ at }) => at <= this.ms).sort((a, b) => a.at - b.at);
    if (due === undefined) return;
    this.#waits.splice(this.#waits.indexOf(due), 1);
    this.timers++;
    due.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("a thousand and more that wait go on in the order they came, for their timers take little of the time", async () => {
  const clock = new SerialClock();
  const turns = new ReaderTurns(clock.now);
  const went: number[] = [];
  const all = Promise.all(
    Array.from({ length: MAX_WAITING_QUERIES }, async (_, at) => {
      await turns.turn(clock.wait, enough, undefined, clock);
      went.push(at);
      // What it computes.
      clock.ms += 3;
    }),
  );
  while (went.length < MAX_WAITING_QUERIES && clock.ms < 60_000) await clock.pass();
  expect(went).toHaveLength(MAX_WAITING_QUERIES);
  await all;
  expect(went).toEqual(went.toSorted((a, b) => a - b));
  expect(clock.ms).toBeLessThan(8 * MAX_WAITING_QUERIES);
});

test("who waits to begin is told when its time is over, however many do", async () => {
  const clock = new SerialClock();
  const turns = new ReaderTurns(clock.now);
  // One that has the only turn there is, and does not give it back.
  const first = turns.turn(clock.wait, () => false, undefined, clock);
  const told: number[] = [];
  const all = Promise.all(
    Array.from({ length: 1500 }, async () => {
      await turns.turn(clock.wait, enough, undefined, clock, 30_000);
      told.push(clock.ms);
    }),
  );
  while (told.length < 1500 && clock.ms < 100_000) await clock.pass();
  expect(told).toHaveLength(1500);
  await all;
  expect(Math.min(...told)).toBeGreaterThan(30_000);
  expect(Math.max(...told)).toBeLessThan(35_000);
  void first;
});

const never = (): Promise<void> => new Promise(() => undefined);

test.each([200, 1000])("%i whose clients are gone, of several objects, hold nobody up for longer than one does", async (gone) => {
  const clock = new SerialClock();
  const turns = new ReaderTurns(clock.now);
  // Each looks until its client goes away, after ten seconds.
  const wait = (ms: number): Promise<void> => clock.wait(ms).then(() => (clock.ms > 10_000 ? never() : undefined));
  const objects = [{}, {}, {}];
  for (let at = 0; at < gone; at++) void turns.turn(wait, () => false, undefined, objects[at % 3], 120_000);
  while (clock.ms < 10_000) await clock.pass();
  const went: number[] = [];
  for (const object of [objects[0], {}]) void turns.turn(clock.wait, enough, undefined, object, 120_000).then(() => went.push(clock.ms));
  while (went.length < 2 && clock.ms < 200_000) await clock.pass();
  expect(went).toHaveLength(2);
  expect(Math.max(...went)).toBeLessThan(10_000 + 9000);
});

test("a thousand that are called since one before them is gone go on in their order, without a timer each", async () => {
  const clock = new SerialClock();
  const turns = new ReaderTurns(clock.now);
  void turns.turn(never, enough, undefined, clock);
  const went: number[] = [];
  for (let at = 0; at < 1000; at++) void turns.turn(clock.wait, enough, undefined, clock).then(() => went.push(at));
  while (went.length === 0 && clock.ms < 100_000) await clock.pass();
  expect(clock.ms).toBeLessThan(9000);
  const { timers } = clock;
  while (went.length < 1000 && clock.ms < 100_000) await clock.pass();
  expect(went).toEqual(went.toSorted((a, b) => a - b));
  expect(clock.timers - timers).toBeLessThan(4 * 1000);
});

test("those whose clients are gone are not counted as waiting, though nobody else takes a turn", () => {
  let ms = 0;
  const turns = new ReaderTurns(() => ms);
  for (let at = 0; at < MAX_WAITING_QUERIES; at++) void turns.turn(never, enough, undefined, turns, 120_000);
  const crowded = [0, 3000, 9000].map((at) => {
    ms = at;
    return turns.isCrowded;
  });
  expect(crowded).toEqual([true, true, false]);
});
