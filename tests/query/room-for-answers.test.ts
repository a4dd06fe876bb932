import { expect, it } from "vitest";
import { MAX_WAITING_FOR_ROOM, type Place, RoomForAnswers } from "../../worker/src/http/room-for-answers.ts";

const MB = 1_048_576;
const ROOM = 4;

/** A clock that goes on as it is told to. */
function simulated(): {
  room: RoomForAnswers;
  enter: (mb?: number) => Promise<string>;
  pass: (ms: number) => Promise<void>;
  held: Place[];
} {
  let nowMs = 0;
  const timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  const room = new RoomForAnswers(() => nowMs, ROOM * MB, ", or otherwise");
  const held: Place[] = [];
  const wait = (ms: number): Promise<void> => new Promise((fire) => void timers.push({ atMs: nowMs + ms, fire }));
  const enter = async (mb = 1): Promise<string> => {
    const place = await room.enter(wait, mb * MB);
    if (place.ok) held.push(place.value);
    return place.ok ? "has one" : `${place.error.message} ${place.error.retryAfterMs}`;
  };
  const pass = async (ms: number): Promise<void> => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += 100;
      for (const one of timers.splice(0)) {
        if (one.atMs <= nowMs) one.fire();
        else timers.push(one);
      }
      for (let i = 0; i < 10; i++) await Promise.resolve();
    }
  };
  return { room, enter, pass, held };
}

it("as many answers are held as there is room for; who waits gets the first that is left, in order", async () => {
  const { enter, pass, held } = simulated();
  for (let i = 0; i < ROOM; i++) expect(await enter()).toBe("has one");
  const order: string[] = [];
  void enter().then(() => order.push("a"));
  void enter().then(() => order.push("b"));
  await pass(1000);
  expect(order).toEqual([]);
  held[2]?.leave();
  held[2]?.leave();
  await pass(1000);
  expect(order).toEqual(["a"]);
  held[0]?.leave();
  await pass(1000);
  expect(order).toEqual(["a", "b"]);
});

it("a place whose request ended without a word is given on; one that is seen is kept", async () => {
  const { enter, pass, held } = simulated();
  for (let i = 0; i < ROOM; i++) await enter();
  let got = 0;
  void enter().then(() => got++);
  void enter().then(() => got++);
  for (let second = 0; second < 7; second++) {
    for (const place of held.slice(1)) place.seen();
    await pass(1000);
  }
  expect(got).toBe(1);
});

it("who waits for longer than 30 s, or behind too many, is told to come again", async () => {
  const { enter, pass, held } = simulated();
  for (let i = 0; i < ROOM; i++) await enter();
  const waiting = Array.from({ length: MAX_WAITING_FOR_ROOM }, () => enter());
  expect(await enter()).toMatch(/^4 MB of answers .*maxHeldAnswerBytes, and 100 wait already; .*, or otherwise 1000$/);
  for (let second = 0; second < 31; second++) {
    for (const place of held) place.seen();
    await pass(1000);
  }
  for (const told of await Promise.all(waiting)) expect(told).toMatch(/maxHeldAnswerBytes, and this one has waited for 30 s; .* 1000$/);
  held[0]?.leave();
  expect(await enter()).toBe("has one");
});

it("by their size: small ones fit beside a large one, and one that is larger than all room has it alone", async () => {
  const { room, enter, pass, held } = simulated();
  expect(await enter(3)).toBe("has one");
  expect(await enter(1)).toBe("has one");
  expect([held[0]?.isWanted, room.take(1)]).toEqual([false, null]);
  const order: string[] = [];
  void enter(9).then(() => order.push("larger"));
  void enter(1).then(() => order.push("small"));
  await pass(100);
  expect(held[0]?.isWanted).toBe(true);
  held[0]?.leave();
  await pass(1000);
  // Nobody who came later goes before it.
  expect([order, room.take(1)]).toEqual([[], null]);
  held[1]?.leave();
  await pass(1000);
  expect(order).toEqual(["larger"]);
  held[2]?.leave();
  await pass(1000);
  expect(order).toEqual(["larger", "small"]);
  expect(room.take(3 * MB)).not.toBeNull();
});
