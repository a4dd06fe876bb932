/** What an evaluation at this moment would see and say, whenever samples come and whichever way a rule is judged. */
import type { Labels } from "@sightline/shared/model/labels";
import { describe, expect, test } from "vitest";
import { alertRule } from "../support/alert-rule.ts";
import { T, groupOf, steps, watching } from "./stored-series.ts";

const SECOND = 1000;
const MINUTE = 60_000;
const cpu: Labels = { __name__: "cpu", host: "a" };

describe("a rule that looks at one series", () => {
  test("keeps the alerts that it still gives when its expression changes, also to one on its interval, while name and labels stay", () => {
    const pending = (expr: string, labels = {}) => groupOf(alertRule("Busy", expr, { forMs: 5 * MINUTE, labels }));
    const shard = watching();
    shard.configure(pending("cpu > 0.8"));
    const open = (): unknown[] => shard.evaluation.active().map(({ to, activeAt, threshold }) => [to, activeAt - T, threshold]);
    shard.append(cpu, T + SECOND, 0.9);
    shard.finish();
    shard.nowMs = T + 10 * SECOND;
    expect(steps(shard.configure(pending("cpu > 0.7")))).toEqual([]);
    expect(open()).toEqual([["pending", SECOND, 0.7]]);
    expect(steps(shard.configure(pending("sum by (host) (cpu) > 0.6")))).toEqual([]);
    expect(steps(shard.tick(T + 15 * SECOND))).toEqual([]);
    expect(open()).toEqual([["pending", SECOND, 0.6]]);
    expect(steps(shard.configure(pending("sum(cpu) > 0.6")))).toEqual([]);
    expect(steps(shard.tick(T + 30 * SECOND)).toSorted()).toEqual(["Busy: inactive→pending", "Busy: pending→inactive"]);
    expect(steps(shard.configure(pending("cpu > 0.5", { team: "x" }))).toSorted()).toEqual([
      "Busy: inactive→pending",
      "Busy: pending→inactive",
    ]);
  });

  test("goes by what is not ahead of the clock, as an evaluation of now does", () => {
    const shard = watching(alertRule("Busy", "cpu > 0.8"), alertRule("Peak", "max_over_time(cpu[1m]) > 0.8"));
    shard.arrive(cpu, T + 8 * MINUTE, 0.1);
    expect(steps(shard.finish())).toEqual([]);
    shard.append(cpu, T + SECOND, 0.9);
    expect(steps(shard.finish())).toEqual(["Busy: inactive→firing", "Peak: inactive→firing"]);
    const early: Labels = { ...cpu, host: "early" };
    shard.arrive(early, T + 4 * MINUTE + 500, 0.95);
    expect(steps(shard.finish())).toEqual([]);
    expect(shard.evaluation.nextTickAt(T + 4 * MINUTE)).toBeLessThanOrEqual(T + 4 * MINUTE + SECOND);
    expect(steps(shard.tick(T + 4 * MINUTE + SECOND)).toSorted()).toEqual([
      "Busy: inactive→firing",
      "Peak: firing→resolved",
      "Peak: inactive→firing",
    ]);
    // Another configuration, or another object, awaits it too.
    const later: Labels = { ...cpu, host: "later" };
    shard.arrive(later, T + 6 * MINUTE, 0.95);
    shard.configure(groupOf(alertRule("Busy", "cpu > 0.8")));
    expect(steps(shard.tick(T + 6 * MINUTE))).toContain("Busy: inactive→firing");
  });

  test("sees a value that was sent after the clock had judged its alert, though it is of a time before that", () => {
    // Every five minutes, a minute late: in between nothing is known for a minute.
    const shard = watching(alertRule("Streams", "cpu > 0.8"), alertRule("Evaluated", "sum by (host) (cpu) > 0.8"));
    const seen: string[] = [];
    for (let at = T; at < T + 20 * MINUTE; at += 15 * SECOND) {
      if ((at - T) % (5 * MINUTE) === MINUTE) {
        shard.nowMs = at + 20;
        shard.arrive(cpu, at - MINUTE, 0.9);
        shard.finish();
      }
      shard.tick(at + 20);
      const firing = shard.evaluation.active().map(({ rule }) => rule);
      if ((at - T) % MINUTE === 45 * SECOND) seen.push(firing.toSorted().join("+"));
    }
    const [without, both] = ["", "Evaluated+Streams"];
    expect(seen).toEqual(Array.from({ length: 20 }, (_, minute) => (minute % 5 === 0 ? without : both)));
    // Likewise the value that ends it.
    const pending = watching(alertRule("Busy", "cpu > 0.8", { forMs: 5 * SECOND }));
    pending.append(cpu, T, 0.9);
    expect([...steps(pending.finish()), ...steps(pending.tick(T + 5 * SECOND))]).toEqual([
      "Busy: inactive→pending",
      "Busy: pending→firing",
    ]);
    pending.arrive(cpu, T + 4990, 0.1);
    expect(steps(pending.finish())).toEqual(["Busy: firing→resolved"]);
  });

  test("counts late samples in its windows", () => {
    const shard = watching(alertRule("Peak", "max_over_time(cpu[1m]) > 0.8"));
    shard.append(cpu, T + 50 * SECOND, 0.1);
    shard.arrive(cpu, T - 20 * SECOND, 0.9);
    expect(steps(shard.finish())).toEqual([]);
    shard.arrive(cpu, T + 20 * SECOND, 0.9);
    expect(steps(shard.finish())).toEqual(["Peak: inactive→firing"]);
    shard.append(cpu, T + 81 * SECOND, 0.1);
    expect(steps(shard.finish())).toEqual(["Peak: firing→resolved"]);
  });

  test("shows its alerts with annotations of now, and says what was last when they end", () => {
    const rule = (summary: string) => alertRule("Busy", "cpu > 0.8", { annotations: { summary } });
    const total = alertRule("Load", "sum(cpu) > 0.8", {
      annotations: { summary: '{{ $value }} at {{ with query "cpu" }}{{ . | first | value }}{{ end }}' },
    });
    const shard = watching(rule("{{ $value }}"), total);
    const shown = (): (string | undefined)[] => shard.evaluation.active().map(({ annotations }) => annotations["summary"]);
    shard.append(cpu, T + SECOND, 0.9);
    shard.finish();
    shard.tick(T + SECOND);
    expect(shown()).toEqual(["0.9", "0.9 at 0.9"]);
    shard.append(cpu, T + 16 * SECOND, 0.95);
    expect(shard.finish()).toMatchObject({ transitions: [], states: [] });
    expect(shard.tick(T + 16 * SECOND).transitions).toEqual([]);
    expect(shown()).toEqual(["0.95", "0.95 at 0.95"]);
    expect(steps(shard.configure(groupOf(rule("see the runbook: {{ $value }}"), total)))).toEqual([]);
    expect(shown()).toEqual(["see the runbook: 0.95", "0.95 at 0.95"]);
    expect(shard.evaluation.active(["nobody"])).toEqual([]);
    expect(shard.evaluation.active(shard.evaluation.active().map(({ fingerprint }) => fingerprint))).toHaveLength(2);
    shard.append(cpu, T + 17 * SECOND, 0.1);
    expect(shard.finish().transitions).toMatchObject([{ to: "resolved", annotations: { summary: "see the runbook: 0.95" } }]);
  });
});
