/** An event is told as it begins; its sentence says where it went. */
import { tellInsights } from "@sightline/shared/insights/tell-insights";
import type { RecentAnomaly } from "@sightline/shared/model/insight";
import { describe, expect, it } from "vitest";
import { A_SPIKE } from "../../support/a-spike.ts";
import { NOTHING_TO_TELL } from "../../support/nothing-to-tell.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

/** What is told of a shift nine minutes ago. */
function did(more: Partial<RecentAnomaly>): string | undefined {
  const shift: RecentAnomaly = {
    ...A_SPIKE,
    kind: "level_shift",
    id: "1",
    labels: { __name__: "depth" },
    t: NOW - 9 * MINUTE,
    judgedBy: "value",
    unit: "",
    newest: { t: NOW, value: 9 },
    ...more,
  };
  return tellInsights({ nowMs: NOW, sinceMs: NOW - 60 * MINUTE, ...NOTHING_TO_TELL, anomalies: [shift] }).insights[0]?.text;
}

describe("how far a series went", () => {
  const queue = { expected: 0.0001, value: 20, lower: 0, upper: 0.0004 };

  it.for<[string, Partial<RecentAnomaly>]>([
    ["depth rose from 0 to 20.", queue],
    ["depth rose from 0 to 500.", { ...queue, level: 500 }],
    ["depth rose from 2 to 500 (250×).", { ...queue, expected: 2, level: 500 }],
    ["depth rose from 2 to 5k.", { ...queue, expected: 2, level: 5000 }],
    ["depth rose from 1 KiB to 8 GiB.", { unit: "bytes", expected: 1024, value: 1e6, level: 2 ** 33 }],
    ["depth rose from 0% to 97%.", { unit: "ratio", expected: 0.0003, value: 0.1, level: 0.97 }],
    ["depth rose from 12 ms to 30 s.", { unit: "seconds", expected: 0.012, value: 0.1, level: 30 }],
    ["depth fell from 80% to 0% (−100%).", { unit: "percent", expected: 80, value: 30, level: 0.01 }],
    ["depth fell from 20 to 12 (−40%).", { expected: 20, value: 2, level: 12 }],
  ])("%s", ([text, more]) => {
    expect(did(more)).toBe(text);
  });

  it("is where it stands now if that is elsewhere than where it was told, and not with every sample", () => {
    expect(did({ expected: 100, value: 200, level: 205 })).toBe("depth rose from 100 to 200 (2×).");
    expect(did({ expected: 100, value: 200, level: 170 })).toBe("depth rose from 100 to 170 (+70%).");
  });

  it("is of what passes as far as it was seen to go, while it may pass", () => {
    const spike = { kind: "spike", expected: 100, value: 200, lower: 90, upper: 110 } as const;
    const since = (minutes: number, value: number) => did({ ...spike, newest: { t: NOW - 9 * MINUTE + minutes * MINUTE, value } });
    expect(since(2, 900)).toBe("depth jumped from 100 to 900 (9×).");
    expect(since(2, 150)).toBe("depth jumped from 100 to 200 (2×).");
    expect(since(20, 900)).toBe("depth jumped from 100 to 200 (2×).");
  });

  it("is of a drift what its days show, and of a season that broke what it was then", () => {
    const reason = "the mean of the last 24 h is 102 where 100 was expected";
    expect(did({ kind: "trend_change", expected: 149, value: 143, reason })).toBe(`depth is drifting: ${reason}.`);
    const then = reason.replace(" is ", " was ");
    expect(did({ kind: "trend_change", expected: 149, value: 143, level: 120, reason })).toBe(
      `depth is drifting and stands at 120: when it was told, ${then}.`,
    );
    expect(did({ kind: "trend_change", expected: 149, value: 143, level: 120, back: true, reason })).toBe(
      `depth was drifting and went to 120: when it was told, ${then}.`,
    );
    // The other way it goes with the hours of the day.
    expect(did({ kind: "trend_change", expected: 149, value: 143, level: 150, reason })).toBe(`depth is drifting: ${reason}.`);
    const season = { kind: "seasonal_break", expected: 100, value: 40, lower: 90, upper: 110 } as const;
    expect(did({ ...season, value: 94 })).toBe("depth is as a whole unlike this time on other days, at 94 (usually 90–110).");
    expect(did(season)).toBe("depth is 40, unlike this time on other days (usually 90–110).");
    expect(did({ ...season, newest: { t: NOW + 9 * MINUTE, value: 42 } })).toBe(
      "depth was 40, unlike that time on other days (usually 90–110).",
    );
  });
});
