import { hasPassed } from "@sightline/shared/insights/event-end";
import { tellInsights } from "@sightline/shared/insights/tell-insights";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { expect, test } from "vitest";
import { MINUTE, NOW, input, rise } from "../../support/a-rise.ts";

const SHOP = { service_name: "shop" };
/** Tells of a jump of a quarter of an hour ago whose newest value is as high as ever. */
const jump = (stepMs: number, kind: RecentAnomaly["kind"] = "spike"): RecentAnomaly =>
  rise("checkout_seconds", SHOP, NOW - 15 * MINUTE, { kind, value: 0.48, stepMs, newest: { t: NOW, value: 0.48 } });

test("a spike that is as high as ever is over only when it would have been told as something else by now", () => {
  expect(hasPassed(jump(5 * MINUTE))).toBe(false);
  expect(hasPassed(jump(MINUTE))).toBe(true);
  expect(hasPassed({ ...jump(5 * MINUTE), newest: { t: NOW + 51 * MINUTE, value: 0.48 } })).toBe(true);
  expect(hasPassed({ ...jump(5 * MINUTE), newest: { t: NOW, value: 0.12 } })).toBe(true);
});

test("what was over as a spike and turns out to be a level that stays is open again, until that is over", () => {
  const at = (afterMs: number, anomaly: RecentAnomaly, told: Parameters<typeof input>[0]["told"] = []) =>
    tellInsights({ ...input({ anomalies: [anomaly], told }), nowMs: NOW + afterMs });
  const first = at(-14 * MINUTE, jump(MINUTE));
  const over = at(
    0,
    { ...jump(MINUTE), newest: { t: NOW, value: 0.12 } },
    at(-10 * MINUTE, { ...jump(MINUTE), newest: null }, first.told).told,
  );
  expect(over.insights[0]?.state).toBe("over");
  const level = { ...jump(MINUTE, "level_shift"), back: false, level: 0.48 };
  const open = at(5 * MINUTE, level, over.told);
  expect(open.insights[0]).toMatchObject({ state: "open", text: expect.stringContaining("rose from 120 ms to 480 ms") as string });
  expect(open.insights[0]?.ended).toBeUndefined();
  const ended = at(30 * MINUTE, { ...level, back: true }, open.told);
  expect(ended.insights[0]?.state).toBe("over");
  // Whoever has to find anew whether it is back does not open it again.
  expect(at(31 * MINUTE, level, ended.told).insights[0]?.state).toBe("over");
});
