import { describe, expect, test } from "vitest";
import { FullDisk } from "../../worker/src/objects/full-disk.ts";
import { NOON } from "./open-store.ts";

const FULL = new Error("database or disk is full: SQLITE_FULL");

/** A disk of which a write has just said that it is full; `room` says whether a trial succeeds. */
function fullSince(nowMs: number) {
  const disk = new FullDisk();
  disk.saw(FULL, nowMs);
  const state = { disk, room: false, trials: 0 };
  const refusal = (at: number) =>
    disk.refusal(at, () => {
      state.trials += 1;
      return state.room ? Promise.resolve() : Promise.reject(FULL);
    });
  return Object.assign(state, { refusal });
}

describe("a disk that is full", () => {
  test("writes are refused without a trial for 2 s, then one of them tries, each time after a longer wait of at most 15 s", async () => {
    const full = fullSince(NOON);
    const tried: number[] = [];
    for (let at = NOON; at <= NOON + 60_000; at += 500) {
      const before = full.trials;
      expect(await full.refusal(at)).toMatchObject({ code: "unavailable", message: expect.stringContaining("is full") as string });
      if (full.trials > before) tried.push((at - NOON) / 1000);
    }
    expect(tried).toEqual([2, 6, 14, 29, 44, 59]);
  });

  test("a refusal says when the next trial is due", async () => {
    const full = fullSince(NOON);
    expect(await full.refusal(NOON + 500)).toMatchObject({ retryAfterMs: 1500 });
  });

  test("the status tells it while it lasts, and with room writes go on", async () => {
    const full = fullSince(NOON);
    expect(full.disk.problems()).toEqual([expect.stringContaining("the disk is full since 2026-11-20T12:00:00.000Z")]);
    full.room = true;
    expect(await full.refusal(NOON + 2000)).toBeNull();
    expect(full.disk.problems()).toEqual([]);
    expect(await full.refusal(NOON + 2001)).toBeNull();
    expect(full.trials).toBe(1);
  });

  test("another failure of storage is not taken for a full disk", async () => {
    const disk = new FullDisk();
    disk.saw(new Error("database disk image is malformed: SQLITE_CORRUPT"), NOON);
    expect(disk.standing).toBe(false);
    expect(await disk.refusal(NOON, () => Promise.reject(FULL))).toBeNull();
  });
});
