import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { StaleWhileRevalidate } from "../../worker/src/http/stale-while-revalidate.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 23) }));
afterEach(() => void vi.useRealTimers());

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Answers with when it was asked, after `tookMs`; `told` gives how many seconds ago that was, and how long it was waited for. */
function asked(tookMs: number) {
  const answers = new StaleWhileRevalidate<number>({ now: () => Date.now(), wait });
  const ask = vi.fn(async () => {
    const at = Date.now();
    await wait(tookMs);
    return at;
  });
  const told = async () => {
    const from = Date.now();
    const answering = answers.answer("project", ask, () => undefined);
    let waited = 0;
    void answering.then(() => (waited = Date.now() - from));
    await vi.advanceTimersByTimeAsync(30 * SECOND);
    const at = await answering;
    return { age: at === null ? null : (from + waited - at) / SECOND, waited: waited / SECOND };
  };
  return { answers, ask, told };
}

test("who asks after a pause waits for what is so now, and is not told what was so before it", async () => {
  const { ask, told } = asked(3.7 * SECOND);
  expect(await told()).toEqual({ age: 3.7, waited: 3.7 });
  await vi.advanceTimersByTimeAsync(33 * MINUTE);
  expect(await told()).toEqual({ age: 3.7, waited: 3.7 });
  expect(ask).toHaveBeenCalledTimes(2);
});

test("who asks each minute waits for no longer than two seconds, for what is hardly older than it may be", async () => {
  const { told, ask } = asked(3.7 * SECOND);
  await told();
  for (let i = 0; i < 30; i++) {
    const { age, waited } = await told();
    expect(waited).toBeLessThanOrEqual(2);
    expect(age).toBeLessThan(50 * 3.7 + 62);
    await vi.advanceTimersByTimeAsync(30 * SECOND);
  }
  // A fiftieth of the time.
  expect(ask.mock.calls.length).toBeLessThanOrEqual(11);
});

test("several who ask after a pause are told by one asking", async () => {
  const { answers, ask, told } = asked(3.7 * SECOND);
  await told();
  await vi.advanceTimersByTimeAsync(33 * MINUTE);
  const from = Date.now();
  const all = Promise.all([1, 2, 3].map(() => answers.answer("project", ask, () => undefined)));
  await vi.advanceTimersByTimeAsync(4 * SECOND);
  expect(await all).toEqual([from, from, from]);
  expect(ask).toHaveBeenCalledTimes(2);
});

test("what fails, or takes too long, is not known, however well it was known before; and is asked for again a minute later", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  const { ask, told } = asked(SECOND);
  await told();
  await vi.advanceTimersByTimeAsync(5 * MINUTE);
  ask.mockRejectedValueOnce(new Error("unreachable"));
  expect(await told()).toEqual({ age: null, waited: 0 });
  expect(await told()).toEqual({ age: null, waited: 0 });
  expect(log).toHaveBeenCalledTimes(1);
  expect(await told()).toEqual({ age: 1, waited: 1 });
  const slow = asked(25 * SECOND);
  expect(await slow.told()).toEqual({ age: null, waited: 20 });
  expect((await slow.told()).age).toBe(30);
});

test("what has been forgotten is asked for anew, and nobody is told later by what was asked before", async () => {
  const { answers, ask, told } = asked(SECOND);
  await told();
  answers.forget("project");
  expect((await told()).waited).toBe(1);
  answers.forget("project");
  const before = answers.answer("project", ask, () => undefined);
  await vi.advanceTimersByTimeAsync(SECOND / 2);
  answers.forget("project");
  await vi.advanceTimersByTimeAsync(SECOND);
  await before;
  expect((await told()).age).toBe(1);
  expect(ask).toHaveBeenCalledTimes(4);
});

test("what fails after it has been forgotten changes nothing of what is asked since, even if both were asked within one ms", async () => {
  const log = vi.spyOn(console, "error").mockReturnValue();
  const answers = new StaleWhileRevalidate<string>({ now: () => Date.now(), wait });
  const [before, since] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
  const ask = vi.fn(async () => "a third");
  const failed = answers.answer(
    "project",
    () => before.promise,
    () => undefined,
  );
  answers.forget("project");
  const told = answers.answer(
    "project",
    () => since.promise,
    () => undefined,
  );
  before.reject(new Error("unreachable"));
  await vi.advanceTimersByTimeAsync(SECOND);
  expect(await failed).toBe(null);
  since.resolve("anew");
  await vi.advanceTimersByTimeAsync(SECOND);
  expect(await told).toBe("anew");
  expect(await answers.answer("project", ask, () => undefined)).toBe("anew");
  expect(ask).not.toHaveBeenCalled();
  expect(log).toHaveBeenCalledTimes(1);
});
