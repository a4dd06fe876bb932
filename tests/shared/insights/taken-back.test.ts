import { anomalyId } from "@sightline/shared/anomaly/anomaly-id";
import { tellInsights } from "@sightline/shared/insights/tell-insights";
import type { AnomalyAnswer } from "@sightline/shared/model/anomaly";
import type { RecentAnomaly, ToldInsight } from "@sightline/shared/model/insight";
import { expect, test } from "vitest";
import { NOTHING_TO_TELL } from "../../support/nothing-to-tell.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const BEGAN = NOW - 180 * MINUTE;
const labels = { __name__: "queue_depth", service_name: "checkout", host_name: "web-1" };
const anomaly: RecentAnomaly = {
  id: anomalyId(labels, BEGAN),
  labels,
  t: BEGAN,
  value: 480,
  expected: 120,
  lower: 100,
  upper: 140,
  score: 0.9,
  kind: "level_shift",
  severity: "error",
  reason: "the level moved",
  newest: { t: NOW, value: 470 },
  judgedBy: "value",
  unit: "",
};
const denied: AnomalyAnswer = { id: anomaly.id, verdict: "false_alarm", labels, t: BEGAN, at: NOW, by: "ada" };

const states = ({ insights }: ReturnType<typeof tellInsights>): string[] => insights.map(({ state }) => state);

/** So many minutes later, as a page asks that shows an hour. */
const later = (told: readonly ToldInsight[], minutes: number, answers = [denied], windowMinutes = 60) =>
  tellInsights({
    ...NOTHING_TO_TELL,
    nowMs: NOW + minutes * MINUTE,
    sinceMs: NOW + (minutes - windowMinutes) * MINUTE,
    anomalies: [{ ...anomaly, newest: { t: NOW + minutes * MINUTE, value: 470 } }],
    answers,
    told,
  });

test("an insight is shown for an hour once it is called a false alarm, however long ago it began, and open again when that is taken back", () => {
  const first = later([], 0, [], 24 * 60);
  const second = later(first.told, 1);
  const third = later(second.told, 2);
  for (const one of [second, third, later(third.told, 59)]) expect(states(one)).toEqual(["retracted"]);
  expect(states(later(third.told, 62))).toEqual([]);
  const open = later(third.told, 3, []);
  expect(states(open)).toEqual(["open"]);
  expect(states(later(open.told, 4))).toEqual(["retracted"]);
});

test("what was told as over is not open again after a restart, which has to find anew whether it is back; what begins anew is", () => {
  const at = (minutes: number, back: boolean, told: readonly ToldInsight[], more: readonly RecentAnomaly[] = []) =>
    tellInsights({
      ...NOTHING_TO_TELL,
      nowMs: NOW + minutes * MINUTE,
      sinceMs: NOW + (minutes - 60) * MINUTE,
      anomalies: [{ ...anomaly, back, newest: { t: NOW + minutes * MINUTE, value: back ? 120 : 470 } }, ...more],
      told,
    });
  const open = at(0, false, []);
  const over = at(1, true, open.told);
  expect([open, over].map(states)).toEqual([["open"], ["over"]]);
  const restarted = at(2, false, over.told);
  expect(states(restarted)).toEqual(["over"]);
  expect(restarted.insights[0]?.ended).toEqual(over.insights[0]?.ended);
  const hidden = at(90, false, restarted.told);
  expect(states(hidden)).toEqual([]);
  expect(states(at(300, false, hidden.told))).toEqual([]);
  const t = NOW + 300 * MINUTE;
  const again = { ...anomaly, id: anomalyId(labels, t), t, newest: { t: t + MINUTE, value: 470 } };
  expect(states(at(302, false, hidden.told, [again]))).toContain("open");
});
