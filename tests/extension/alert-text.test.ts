import type { InstantAnswer } from "@sightline/shared/api/data-source";
import { instantSeries, listedOf, type QueryData } from "@sightline/shared/api/prometheus-answer";
import { describe, expect, it } from "vitest";
import { alertDescription, distinguishingLabels, foldedText, toastText } from "../../extension/src/alerts/alert-text.ts";
import { silenceOf } from "../../extension/src/alerts/silence-request.ts";
import { queryText } from "../../extension/src/query/query-text.ts";
import { anAlert } from "../support/an-alert.ts";

describe("alerts in words", () => {
  it("a toast names severity, rule, which one, and what the rule says of it", () => {
    expect(toastText(anAlert({ annotations: { summary: "CPU busy for 5 min" } }))).toBe(
      "Error: HighCpu (host_name=web-1). CPU busy for 5 min",
    );
  });

  it("a rule without words is described by its condition", () => {
    expect(toastText(anAlert())).toBe("Error: HighCpu (host_name=web-1). cpu_busy > 0.8 (now 0.97)");
  });

  it("many at once are counted by rule", () => {
    const alerts = [anAlert(), anAlert({ id: "2" }), anAlert({ id: "3", name: "DiskFull" })];
    expect(foldedText(alerts)).toBe("3 alerts started firing: HighCpu ×2, DiskFull");
    expect(foldedText([anAlert()])).toBe("1 alert started firing: HighCpu");
    expect(foldedText(["a", "b", "c", "d", "e"].map((name) => anAlert({ name })))).toContain("2 more rules");
  });

  it("labels that every alert has do not tell one from another", () => {
    expect(distinguishingLabels({ __name__: "x", alertname: "A", severity: "error", a: "1", b: "2", c: "3", d: "4" }, 2)).toBe(
      "a=1, b=2, +2",
    );
  });

  it("a row says which, since when, and what was done", () => {
    expect(alertDescription(anAlert({ firedAt: 0 }), 180_000)).toBe("host_name=web-1 · 3 min ago");
    expect(alertDescription(anAlert({ state: "acknowledged", acknowledgedBy: "Ann" }), 0)).toBe("host_name=web-1 · acknowledged by Ann");
    const held = { stage: "topology", reason: "it runs on web-1, and HostDown says that this is down" } as const;
    expect(alertDescription(anAlert({ firedAt: 0, held }), 1_000)).toBe("host_name=web-1 · just now · follows from another");
    expect(alertDescription(anAlert({ firedAt: 0, silencedUntil: 9_000 }), 1_000)).toBe("host_name=web-1 · just now · silenced");
    const gap = { since: 500, lastValueAt: 0, at: 500 };
    expect(alertDescription(anAlert({ firedAt: 0, gap }), 1_000)).toBe("host_name=web-1 · just now · no data");
    expect(alertDescription(anAlert({ firedAt: 0, gap: { ...gap, since: null } }), 1_000)).toBe("host_name=web-1 · just now");
  });
});

describe("a silence from the editor", () => {
  it("matches this alert exactly, and ends", () => {
    const silence = silenceOf(anAlert({ labels: { __name__: "x", alertname: "HighCpu", host_name: "web-1" } }), 3_600_000, 1_000);
    expect(silence.matchers.map(({ name, value }) => `${name}=${value}`)).toEqual(["alertname=HighCpu", "host_name=web-1"]);
    expect(silence.matchers.every(({ isRegex, isEqual }) => isEqual && !isRegex)).toBe(true);
    expect(silence.endsAt).toBe(3_601_000);
  });
});

const anAnswer = (answer: Partial<InstantAnswer> = {}): InstantAnswer => ({
  series: [],
  histograms: [],
  listed: [],
  warnings: [],
  infos: [],
  ...answer,
});

describe("the answer of a query", () => {
  it("is a table with exact and readable values", () => {
    const text = queryText(
      "http_p95_seconds",
      anAnswer({ series: [{ labels: { __name__: "http_p95_seconds", route: "/" }, t: 0, v: 0.25 }] }),
      0,
    );
    expect(text).toContain('http_p95_seconds{route="/"}  0.25  (250 ms)');
    expect(text).toContain("# 1970-01-01T00:00:00.000Z, 1 series");
  });

  it("says what the engine says of it, and has its histograms", () => {
    const labels = { __name__: "checkout_seconds", job: "shop" };
    const histogram = { labels, t: 0, count: 1234567, sum: 617283.5, buckets: ["(0.1, 0.2]: 1234567"] };
    const text = queryText("checkout_seconds", anAnswer({ histograms: [histogram], warnings: ["PromQL warning: odd"] }), 0);
    expect(text).toContain("1 series\n# PromQL warning: odd\n");
    expect(text).toContain(
      'checkout_seconds{job="shop"}  histogram of 1234567, sum 617283.5, mean 0.5  (histogram of 1.23M, sum 617k, mean 0.50)\n  (0.1, 0.2]: 1234567\n',
    );
    expect(text).toContain("1 series is a histogram; for a line of it ask histogram_quantile(0.95, …)");
    expect(text).toContain("of rate(checkout_seconds[5m])");
  });

  it("lists the samples of a range vector, and a string as it is", () => {
    const answerOf = (data: QueryData): InstantAnswer => anAnswer({ series: instantSeries(data), listed: listedOf(data) });
    const counted = { count: "4", sum: "2" };
    const result = [
      {
        metric: { __name__: "up", job: "a" },
        values: [
          [60, "1"],
          [75, "NaN"],
        ],
        histograms: [[70, counted]],
      },
    ] as const;
    expect(queryText("up[1m]", answerOf({ resultType: "matrix", result }), 0)).toContain(
      [
        "1 series",
        "",
        'up{job="a"}',
        "  1 @1970-01-01T00:01:00.000Z",
        "  histogram of 4, sum 2 @1970-01-01T00:01:10.000Z",
        "  NaN @1970-01-01T00:01:15.000Z",
        "",
      ].join("\n"),
    );
    expect(queryText('"abc"', answerOf({ resultType: "string", result: [60, "abc"] }), 0)).toContain('\n"abc"\n');
  });

  it("holds as many series as the server answers", () => {
    const series = Array.from({ length: 200_000 }, (_, i) => ({ labels: { i: String(i) }, t: 0, v: 1 }));
    expect(queryText("count by (i) (x)", anAnswer({ series }), 0)).toContain("200000 series");
  });

  it("empty, it says what may be wrong", () => {
    expect(queryText("nothing", anAnswer(), 0)).toContain("Nothing matches.");
  });
});
