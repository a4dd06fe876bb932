/** Days of samples of two hosts every five minutes, which leave their shard again. */
import { DAY, MINUTE, NOON, refOf } from "./open-store.ts";
import type { Fixture } from "./shard-fixture.ts";

export const HOUR = 60 * MINUTE;
export const START = NOON - (NOON % DAY);

/** Merged. */
export function fillDays(shard: Fixture, firstDay: number, days: number): void {
  const { store } = shard.core;
  for (let day = firstDay; day < firstDay + days; day++) {
    for (let i = 1; i <= 288; i++) {
      const t = START + day * DAY + i * 5 * MINUTE;
      for (const host of ["a", "b"]) store.append(refOf(store, "load", { host }), t, day * 1000 + i, t);
      if (i % 144 === 0) store.flush(t, () => undefined);
    }
    shard.now = START + (day + 1) * DAY + 4 * HOUR;
    while (store.compactor.dueAt(shard.now) <= shard.now) store.compactor.step(shard.now);
  }
}

/** Until the samples are gone from the object. */
export function outliveSamples(shard: Fixture): void {
  shard.now += 40 * DAY;
  shard.core.store.retain(shard.now);
}
