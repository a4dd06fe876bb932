import { ExponentialHistogram } from "@sightline/shared/aggregation/exponential-histogram";
import type { Labels } from "@sightline/shared/model/labels";
import { STALE_NAN } from "@sightline/shared/model/sample";
import type { Slo } from "@sightline/shared/model/slo";
import { finish } from "@sightline/shared/promql/evaluation/pace";
import { describe, expect, test } from "vitest";
import type { EvaluationPlan } from "../../worker/src/rules/api.ts";
import { alertRule } from "../support/alert-rule.ts";
import { StoredSeries, T, groupOf, steps, watching } from "./stored-series.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const cpu: Labels = { __name__: "cpu", host: "a" };

describe("a rule that looks at one series", () => {
  test("fires in the append that brings the breaching sample", () => {
    const shard = watching(
      alertRule("Busy", "cpu > 0.8", {
        severity: "critical",
        annotations: { summary: "{{ $labels.host }}: {{ $value | humanizePercentage }}" },
        labels: { team: "x" },
      }),
    );
    shard.append(cpu, T + SECOND, 0.5);
    expect(steps(shard.finish())).toEqual([]);
    shard.append(cpu, T + 2 * SECOND, 0.9);
    const [transition] = shard.finish().transitions;
    expect(transition).toMatchObject({
      to: "firing",
      at: T + 2 * SECOND,
      value: 0.9,
      threshold: 0.8,
      condition: "cpu > 0.8",
      severity: "critical",
      annotations: { summary: "a: 90%" },
      labels: { host: "a", team: "x", alertname: "Busy", severity: "critical" },
    });
    shard.append(cpu, T + 3 * SECOND, 0.1);
    expect(steps(shard.finish())).toEqual(["Busy: firing→resolved"]);
  });

  test("with `for` fires when the samples have breached that long", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8", { forMs: MINUTE }));
    for (let s = 1; s <= 60; s += 10) shard.append(cpu, T + s * SECOND, 0.9);
    expect(steps(shard.finish())).toEqual(["Busy: inactive→pending"]);
    shard.append(cpu, T + 61 * SECOND, 0.9);
    expect(steps(shard.finish())).toEqual(["Busy: pending→firing"]);
  });

  test("whose `for` ends between two samples fires on time, by the clock", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8", { forMs: 30 * SECOND }));
    shard.append(cpu, T + SECOND, 0.9);
    shard.finish();
    expect(shard.evaluation.nextTickAt(T + 2 * SECOND)).toBeLessThanOrEqual(T + 31 * SECOND);
    expect(steps(shard.tick(T + 20 * SECOND))).toEqual([]);
    expect(steps(shard.tick(T + 31 * SECOND))).toEqual(["Busy: pending→firing"]);
  });

  test("resolves when its series is marked stale, and five minutes after its series fell silent", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8"));
    shard.append(cpu, T + SECOND, 0.9);
    shard.append(cpu, T + 2 * SECOND, STALE_NAN);
    expect(steps(shard.finish())).toEqual(["Busy: inactive→firing", "Busy: firing→resolved"]);
    shard.append(cpu, T + 3 * SECOND, 0.9);
    shard.finish();
    expect(steps(shard.tick(T + 4 * MINUTE))).toEqual([]);
    const due = T + 3 * SECOND + 5 * MINUTE;
    expect(shard.evaluation.nextTickAt(T + 4 * MINUTE)).toBeLessThanOrEqual(due);
    expect(steps(shard.tick(due))).toEqual(["Busy: firing→resolved"]);
    expect(shard.evaluation.active()).toEqual([]);
  });

  test("raises one alert for each of its series", () => {
    const shard = watching(alertRule("Busy", "1 - cpu > 0.8"));
    for (const host of ["a", "b", "c"]) shard.append({ __name__: "cpu", host }, T + SECOND, host === "b" ? 0.9 : 0.1);
    const plan = shard.finish();
    expect(plan.transitions.map(({ labels }) => labels["host"])).toEqual(["a", "c"]);
    expect(new Set(plan.transitions.map(({ fingerprint }) => fingerprint)).size).toBe(2);
  });

  test("that is deleted, or gives them no more, resolves its alerts; a change of `for` keeps them", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8"));
    shard.append(cpu, T + SECOND, 0.9);
    shard.finish();
    expect(steps(shard.configure(groupOf(alertRule("Busy", "cpu > 0.8", { forMs: MINUTE }))))).toEqual([]);
    expect(steps(shard.configure(groupOf(alertRule("Busy", "cpu > 0.95"))))).toEqual(["Busy: firing→resolved"]);
    expect(steps(shard.configure([]))).toEqual([]);
  });

  test("does not raise alerts over what happened long ago, when an import brings it", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8"));
    shard.append(cpu, T - 7_200_000, 0.9);
    expect(steps(shard.finish())).toEqual([]);
  });
});

describe("a rule across series", () => {
  const sum = alertRule("Load", "sum(cpu) > 1.5");

  test("that cannot be evaluated says why, keeps its alerts, and says nothing once it can be again", () => {
    const expr = "cpu * on (host) mem > 1";
    const shard = watching(alertRule("Pressure", expr));
    const samples = (at: number): void => {
      shard.append(cpu, at, 2);
      shard.append({ __name__: "mem", host: "a" }, at, 3);
    };
    samples(T + SECOND);
    expect(steps(shard.tick(T + 15 * SECOND))).toEqual(["Pressure: inactive→firing"]);
    expect(shard.evaluation.faults()).toEqual([]);
    samples(T + 16 * SECOND);
    shard.append({ __name__: "mem", host: "a", bank: "1" }, T + 16 * SECOND, 4);
    expect(steps(shard.tick(T + 30 * SECOND))).toEqual([]);
    expect(shard.evaluation.faults()).toMatchObject([{ group: "test", name: "Pressure", expr, at: T + 30 * SECOND }]);
    expect(shard.evaluation.faults()[0]?.message).toMatch(/duplicate|many-to-many|more than one/);
    expect(shard.evaluation.active()[0]?.to).toBe("firing");
    shard.append({ __name__: "mem", host: "a", bank: "1" }, T + 31 * SECOND, STALE_NAN);
    expect(steps(shard.tick(T + 45 * SECOND))).toEqual([]);
    expect(shard.evaluation.faults()).toEqual([]);
  });

  test("that this version cannot read is told of, and the others run", () => {
    const shard = watching(alertRule("Strange", "cpu >"), alertRule("Busy", "cpu > 0.8"));
    expect(shard.evaluation.faults()).toMatchObject([{ group: "test", name: "Strange" }]);
    shard.append(cpu, T + SECOND, 0.9);
    expect(steps(shard.finish())).toEqual(["Busy: inactive→firing"]);
  });

  test("is evaluated on its interval", () => {
    const shard = watching(sum);
    for (const host of ["a", "b"]) shard.append({ __name__: "cpu", host }, T + SECOND, 0.9);
    expect(steps(shard.finish())).toEqual([]);
    expect(steps(shard.tick(T + 2 * SECOND))).toEqual(["Load: inactive→firing"]);
    shard.append({ __name__: "cpu", host: "a" }, T + 3 * SECOND, 0.1);
    expect(steps(shard.tick(T + 4 * SECOND))).toEqual([]);
    expect(shard.evaluation.nextTickAt(T + 4 * SECOND)).toBe(T + 17 * SECOND);
    expect(steps(shard.tick(T + 17 * SECOND))).toEqual(["Load: firing→resolved"]);
  });

  test("sees absence", () => {
    const shard = watching(alertRule("Gone", 'absent(cpu{host="a"})', { forMs: 15 * SECOND }));
    expect(steps(shard.tick(T))).toEqual(["Gone: inactive→pending"]);
    expect(steps(shard.tick(T + 15 * SECOND))).toEqual(["Gone: pending→firing"]);
    shard.append(cpu, T + 20 * SECOND, 1);
    expect(steps(shard.tick(T + 30 * SECOND))).toEqual(["Gone: firing→resolved"]);
  });

  test("sees what the shard knows besides stored series", () => {
    const shard = watching(alertRule("AgentSilent", "sightline_sender_silence_seconds > 30"));
    shard.synthetic = [{ labels: { __name__: "sightline_sender_silence_seconds", host_name: "a" }, value: 31 }];
    expect(steps(shard.tick(T))).toEqual(["AgentSilent: inactive→firing"]);
    shard.synthetic = [{ labels: { __name__: "sightline_sender_silence_seconds", host_name: "a" }, value: 1 }];
    expect(steps(shard.tick(T + 15 * SECOND))).toEqual(["AgentSilent: firing→resolved"]);
  });
});

const slo: Slo = {
  id: "s1",
  name: "checkout",
  kind: "availability",
  good: 'requests_total{code="200"}',
  total: "requests_total",
  objective: 0.99,
  windowMs: 30 * 86_400_000,
};

describe("an SLO", () => {
  test("counts increments with their resets, and burns loudly", () => {
    const shard = new StoredSeries();
    shard.nowMs = T;
    shard.configure([], [slo]);
    let [good, bad] = [0, 0];
    for (let s = 0; s <= 3600; s += 10) {
      good = s === 1800 ? 8 : good + 8;
      bad += 2;
      shard.append({ __name__: "requests_total", code: "200" }, T + s * SECOND, good, "counter");
      shard.append({ __name__: "requests_total", code: "500" }, T + s * SECOND, bad, "counter");
    }
    const now = T + 3600 * SECOND;
    const [status] = shard.evaluation.slos(now);
    expect(status).toMatchObject({ good: 360 * 8, total: 360 * 10, sli: 0.8 });
    expect(status?.burnRates[0]?.firing).toBe(true);
    const plan = shard.tick(now);
    expect(plan.transitions[0]).toMatchObject({
      rule: "SLOBurn",
      to: "firing",
      labels: { slo: "checkout", window: "1h" },
      severity: "critical",
    });
    expect(shard.evaluation.sliBuckets("s1").length).toBeGreaterThan(50);
  });

  test("of latency counts requests within its threshold from native histograms", () => {
    const shard = new StoredSeries();
    shard.nowMs = T;
    const latency: Slo = { ...slo, id: "l", kind: "latency", good: "http_seconds", total: "http_seconds", thresholdSeconds: 0.5 };
    shard.configure([], [latency]);
    const histogram = new ExponentialHistogram();
    shard.appendHistogram({ __name__: "http_seconds" }, T, histogram.toNative());
    for (let s = 10; s <= 600; s += 10) {
      for (let i = 0; i < 90; i++) histogram.record(0.1);
      for (let i = 0; i < 10; i++) histogram.record(2);
      shard.appendHistogram({ __name__: "http_seconds" }, T + s * SECOND, histogram.toNative());
    }
    expect(shard.evaluation.slos(T + 600 * SECOND)[0]).toMatchObject({ good: 5400, total: 6000, sli: 0.9 });
  });
});

describe("an SLO whose series begin while it watches", () => {
  const requests = (code: string, host = "a"): Labels => ({ __name__: "requests_total", host_name: host, code });
  const watched = (): StoredSeries => {
    const shard = new StoredSeries();
    shard.nowMs = T;
    shard.configure([], [slo]);
    return shard;
  };

  test("counts the first difference a sender reports", () => {
    const shard = watched();
    for (const [code, each] of [
      ["200", 90],
      ["500", 10],
    ] as const) {
      shard.ref(requests(code), "counter", true);
      for (let i = 1; i <= 6; i++) shard.append(requests(code), T + i * 10 * SECOND, i * each, "counter");
    }
    expect(shard.evaluation.slos(T + MINUTE)[0]).toMatchObject({ good: 540, total: 600 });
  });

  test("counts the first error of a service it has been hearing, once, also over a restart", () => {
    const shard = watched();
    for (let i = 0; i <= 6; i++) shard.append(requests("200"), T + i * 10 * SECOND, 1000 + i * 10, "counter");
    const before = shard.snapshot();
    const firstError = (): void => {
      shard.append(requests("500"), T + 61 * SECOND, 3, "counter");
      shard.append(requests("500"), T + 71 * SECOND, 4, "counter");
    };
    firstError();
    expect(shard.evaluation.slos(T + 71 * SECOND)[0]).toMatchObject({ good: 60, total: 64 });
    shard.wake(before, [], [], [slo]);
    firstError();
    expect(shard.evaluation.slos(T + 71 * SECOND)[0]).toMatchObject({ good: 60, total: 64 });
    shard.wake(shard.snapshot(), [], [], [slo]);
    shard.append(requests("500"), T + 81 * SECOND, 5, "counter");
    expect(shard.evaluation.slos(T + 81 * SECOND)[0]).toMatchObject({ good: 60, total: 65 });
  });

  test("does not take the past of a counter on another host, or that is older than the SLO, for growth", () => {
    const shard = watched();
    for (let i = 0; i <= 6; i++) shard.append(requests("200"), T + i * 10 * SECOND, i * 10, "counter");
    shard.append(requests("500", "b"), T + 61 * SECOND, 1_000_000, "counter");
    expect(shard.evaluation.slos(T + 61 * SECOND)[0]).toMatchObject({ good: 60, total: 60 });
    shard.configure([], [slo, { ...slo, id: "s2" }]);
    shard.append(requests("200"), T + 70 * SECOND, 70, "counter");
    shard.append(requests("500", "b"), T + 90 * SECOND, 1_000_001, "counter");
    expect(shard.evaluation.slos(T + 90 * SECOND)[1]).toMatchObject({ good: 0, total: 0 });
  });
});

describe("after hibernation", () => {
  test("windows, alert states, detectors and SLI counters go on where they were", () => {
    const groups = groupOf(
      alertRule("Busy", "avg_over_time(cpu[1m]) > 0.8", { forMs: MINUTE }),
      alertRule("Slow", "cpu > 5", { cooldownMs: 1 }),
    );
    const [stays, sleeps] = [new StoredSeries(), new StoredSeries()];
    const rows = new Map<string, Uint8Array>();
    const keep = (plan: EvaluationPlan): void => {
      for (const { fingerprint, state } of plan.states) {
        if (state === null) rows.delete(fingerprint);
        else rows.set(fingerprint, state);
      }
    };
    for (const shard of [stays, sleeps]) {
      shard.nowMs = T;
      shard.configure(groups, [slo]);
    }
    const feed = (shard: StoredSeries, from: number, to: number): string[] => {
      const told: string[] = [];
      for (let s = from; s < to; s += 5) {
        shard.append(cpu, T + s * SECOND, s > 2000 && s < 2300 ? 0.95 : 0.3 + 0.05 * Math.sin(s));
        shard.append({ __name__: "requests_total", code: s % 2 === 0 ? "200" : "500" }, T + s * SECOND, s, "counter");
        const plan = shard.finish();
        if (shard === sleeps) keep(plan);
        told.push(...plan.transitions.map(({ id, to, value }) => `${s} ${id} ${to} ${value.toFixed(6)}`));
      }
      return told;
    };
    feed(stays, 0, 2060);
    feed(sleeps, 0, 2060);
    const bytes = sleeps.snapshot();
    expect(
      sleeps.wake(
        bytes,
        [...rows].map(([fingerprint, state]) => ({ fingerprint, state })),
        groups,
        [slo],
      ),
    ).toBe(true);
    expect(sleeps.evaluation.active()).toEqual(stays.evaluation.active());
    expect(sleeps.evaluation.active()[0]?.to).toBe("pending");
    const told = feed(sleeps, 2060, 2600);
    expect(told).toEqual(feed(stays, 2060, 2600));
    expect(told.length).toBe(2);
    expect(sleeps.evaluation.expected(0)).toEqual(stays.evaluation.expected(0));
    expect(sleeps.evaluation.slos(sleeps.nowMs)).toEqual(stays.evaluation.slos(stays.nowMs));
    expect(sleeps.snapshot()).toEqual(stays.snapshot());
  });

  test("bytes that cannot be read cost what was learned and nothing else", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8"));
    shard.append(cpu, T + SECOND, 0.5);
    const bytes = shard.snapshot().map((part) => part.slice(0, 30));
    expect(shard.wake(bytes, [{ fingerprint: "x", state: Uint8Array.of(1, 2, 3) }], groupOf(alertRule("Busy", "cpu > 0.8")))).toBe(false);
    shard.append(cpu, T + 9 * SECOND, 0.9);
    expect(steps(shard.finish())).toEqual(["Busy: inactive→firing"]);
  });

  test("an alert whose rule went meanwhile is resolved", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8"));
    shard.append(cpu, T + SECOND, 0.9);
    const states = shard.finish().states.flatMap(({ fingerprint, state }) => (state === null ? [] : [{ fingerprint, state }]));
    shard.wake([], states, []);
    expect(shard.evaluation.nextTickAt(T + 2 * SECOND)).toBe(T + 2 * SECOND);
    expect(steps(shard.tick(T + 2 * SECOND))).toEqual(["Busy: firing→resolved"]);
  });
});

test("an hour of calm and then a jump is an anomaly, with its expected range and a reason, told once", () => {
  const shard = watching();
  const found = [];
  for (let s = 0; s < 7200; s += 5) {
    shard.append(cpu, T + s * SECOND, s < 7000 || s > 7020 ? 0.3 + 0.02 * Math.sin(s * 1.7) : 0.95);
    found.push(...shard.finish().anomalies);
  }
  expect(found.length).toBeGreaterThanOrEqual(1);
  expect(found.length).toBeLessThanOrEqual(2);
  expect(found[0]?.labels).toEqual(cpu);
  expect(found[0]?.reason).not.toBe("");
  expect(finish(shard.evaluation.expectedRanges([cpu], T + 6000 * SECOND, T + 7200 * SECOND))[0]?.t.length).toBeGreaterThan(100);
});

test("an anomaly in the middle of a batch is told as if each point had come alone", () => {
  const shard = watching();
  for (let s = 0; s < 3600; s += 5) shard.append(cpu, T + s * SECOND, s >= 3000 && s <= 3020 ? 0.95 : 0.3 + 0.02 * Math.sin(s * 1.7));
  const { anomalies } = shard.finish();
  expect(anomalies.map(({ t, value }) => [t, value])).toContainEqual([T + 3000 * SECOND, 0.95]);
});

test("a jump that stays is told anew as a shift of the level; one that does not stays a spike", () => {
  const told = (until: number): string[] => {
    const shard = watching();
    const found: string[] = [];
    for (let s = 0; s < 4000; s += 5) {
      shard.append(cpu, T + s * SECOND, (s >= 3000 && s < until ? 0.9 : 0.3) + 0.02 * Math.sin(s * 1.7));
      for (const { t, kind, revised } of shard.finish().anomalies)
        if (t >= T + 3000 * SECOND) found.push(`${(t - T) / SECOND} s ${kind}${revised === true ? ", revised" : ""}`);
    }
    return found;
  };
  expect(told(4000)).toEqual(["3000 s spike", "3000 s level_shift, revised"]);
  expect(told(3010)[0]).toBe("3000 s spike");
  expect(told(3010).join()).not.toContain("level_shift");
});
