import { expect, it } from "vitest";
import { MAX_HELD_ANSWERS, MAX_WAITING_FOR_PLACES, type Place, PlacesForAnswers } from "../../worker/src/http/places-for-answers.ts";

/** A clock that goes on as it is told to. */
function simulated(): { enter: () => Promise<string>; pass: (ms: number) => Promise<void>; held: Place[] } {
  let nowMs = 0;
  const timers: { readonly atMs: number; readonly fire: () => void }[] = [];
  const places = new PlacesForAnswers(() => nowMs);
  const held: Place[] = [];
  const wait = (ms: number): Promise<void> => new Promise((fire) => void timers.push({ atMs: nowMs + ms, fire }));
  const enter = async (): Promise<string> => {
    const place = await places.enter(wait);
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
  return { enter, pass, held };
}

it("as many answers are held as there are places; who waits gets the first that is left, in order", async () => {
  const { enter, pass, held } = simulated();
  for (let i = 0; i < MAX_HELD_ANSWERS; i++) expect(await enter()).toBe("has one");
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
  for (let i = 0; i < MAX_HELD_ANSWERS; i++) await enter();
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
  for (let i = 0; i < MAX_HELD_ANSWERS; i++) await enter();
  const waiting = Array.from({ length: MAX_WAITING_FOR_PLACES }, enter);
  expect(await enter()).toMatch(/maxHeldAnswers, and 100 wait already; .* 1000$/);
  for (let second = 0; second < 31; second++) {
    for (const place of held) place.seen();
    await pass(1000);
  }
  for (const told of await Promise.all(waiting)) expect(told).toMatch(/maxHeldAnswers, and this one has waited for 30 s; .* 1000$/);
  held[0]?.leave();
  expect(await enter()).toBe("has one");
});
