/** Counts good and total events of every SLO as samples arrive; judges budgets and burn when asked. */
import { histogramCountIncrease, histogramWasReset } from "@sightline/shared/aggregation/histogram-increase";
import { countAtOrBelow } from "@sightline/shared/aggregation/histogram-count-below";
import { counterIncrease } from "@sightline/shared/aggregation/counter-increase";
import type { ByteReader } from "@sightline/shared/encoding/byte-reader";
import type { ByteWriter } from "@sightline/shared/encoding/byte-writer";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { SliBucket, Slo, SloStatus } from "@sightline/shared/model/slo";
import { matchesLabels } from "@sightline/shared/promql/matchers";
import { parseQuery } from "@sightline/shared/promql/engine";
import { BURN_WINDOWS, judgeBurn } from "@sightline/shared/slo/burn-rate";
import { budgetRemaining, serviceLevel } from "@sightline/shared/slo/error-budget";
import { EventCounts } from "@sightline/shared/slo/event-counts";
import { summarize } from "@sightline/shared/slo/summary";
import type { ShardSlo } from "../../objects/rpc.ts";
import type { CompiledRule } from "../compiled-rule.ts";

interface SloEntry {
  readonly slo: Slo;
  readonly good: readonly Matcher[];
  readonly total: readonly Matcher[];
  readonly counts: EventCounts;
  /** Time (ms) of the first sample heard from each source of its series; 0 when it was before the memory began. */
  readonly heardSince: Map<string, number>;
  readonly burnRules: readonly CompiledRule[];
}

/** One series as one SLO sees it: which side it counts on, and its cumulative counts so far. */
interface Contribution {
  readonly entry: SloEntry;
  readonly ref: number;
  readonly isGood: boolean;
  readonly isTotal: boolean;
  readonly source: string;
  seen: boolean;
  /** The store had no sample of it before: its first one may be growth. */
  fresh: boolean;
  readonly startsAtZero: boolean;
  /** Cumulative total and, for latency, cumulative count within the threshold. */
  total: number;
  within: number;
}

/** A source heard this long, ms, would have sent a series it had: one that appears now began at zero just now. */
const ACQUAINTED_MS = 10_000;

/** Labels that tell one sender of a metric from another. */
const SOURCE_LABELS = ["host_name", "service_name", "service_instance_id", "instance", "job"] as const;

export class SloLedger {
  #entries: SloEntry[] = [];
  /** By ref; undefined for the many series no SLO reads. */
  #contributions: (Contribution[] | undefined)[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Keeps the counts of SLOs whose meaning is unchanged. */
  configure(slos: readonly Slo[], series: () => Iterable<readonly [ref: number, labels: Labels]>): void {
    const before = new Map(this.#entries.map((entry) => [meaning(entry.slo), entry]));
    const known = this.#contributions;
    this.#entries = slos.flatMap((slo) => {
      const old = before.get(meaning(slo));
      const good = selectorOf(slo.good);
      const total = selectorOf(slo.total);
      return good === null || total === null
        ? []
        : [
            {
              slo,
              good,
              total,
              counts: old?.counts ?? new EventCounts(slo.windowMs),
              heardSince: old?.heardSince ?? new Map<string, number>(),
              burnRules: BURN_WINDOWS.map((window) => burnRule(slo, window)),
            },
          ];
    });
    this.#contributions = [];
    if (this.#entries.length === 0) return;
    for (const [ref, labels] of series()) {
      this.#add(ref, labels, false, false);
      for (const contribution of this.#contributions[ref] ?? []) {
        const old = known[ref]?.find((each) => meaning(each.entry.slo) === meaning(contribution.entry.slo));
        if (old === undefined) continue;
        const { seen, fresh, startsAtZero, total, within } = old;
        Object.assign(contribution, { seen, fresh, startsAtZero, total, within });
      }
    }
  }

  /** A series without samples so far; `startsAtZero` when its sender sends differences. */
  addSeries(ref: number, labels: Labels, startsAtZero: boolean): void {
    this.#add(ref, labels, true, startsAtZero);
  }

  #add(ref: number, labels: Labels, fresh: boolean, startsAtZero: boolean): void {
    if (this.#entries.length === 0) return;
    const source = SOURCE_LABELS.map((name) => labels[name] ?? "").join("\u00FE");
    for (const entry of this.#entries) {
      const isGood = matchesLabels(entry.good, labels);
      const isTotal = matchesLabels(entry.total, labels);
      if (!isGood && !isTotal) continue;
      const contribution = { entry, ref, isGood, isTotal, source, seen: false, fresh, startsAtZero, total: 0, within: 0 };
      (this.#contributions[ref] ??= []).push(contribution);
    }
  }

  /**
   * Whether the first sample of a series is growth from zero: the first error of a service that is watched is, the past of a counter that
   * was connected only now is not.
   */
  #beginsAtZero({ entry, source, fresh, startsAtZero }: Contribution, tMs: number): boolean {
    const since = entry.heardSince.get(source);
    if (since === undefined) entry.heardSince.set(source, tMs);
    return fresh && (startsAtZero || (since !== undefined && tMs - since >= ACQUAINTED_MS));
  }

  /** Whether an SLO reads the series. */
  counts(ref: number): boolean {
    return this.#contributions[ref] !== undefined;
  }

  observe(ref: number, tMs: number, value: number): void {
    const contributions = this.#contributions[ref];
    if (contributions === undefined || value !== value) return;
    for (const contribution of contributions) {
      if (contribution.seen || this.#beginsAtZero(contribution, tMs)) {
        const growth = counterIncrease(contribution.total, value);
        if (growth > 0) contribution.entry.counts.add(tMs, contribution.isGood ? growth : 0, contribution.isTotal ? growth : 0);
      }
      contribution.seen = true;
      contribution.total = value;
    }
  }

  observeHistogram(ref: number, tMs: number, histogram: NativeHistogram): void {
    for (const contribution of this.#contributions[ref] ?? []) {
      const { entry, isGood, isTotal } = contribution;
      const threshold = entry.slo.kind === "latency" ? entry.slo.thresholdSeconds : undefined;
      const within = threshold === undefined ? histogram.count : countAtOrBelow(histogram, threshold);
      if (contribution.seen || this.#beginsAtZero(contribution, tMs)) {
        const before = { count: contribution.total };
        const growth = histogramCountIncrease(before, histogram);
        // A change of resolution moves the interpolated count a little: never below zero nor above all events.
        const good = Math.min(growth, Math.max(0, histogramWasReset(before, histogram) ? within : within - contribution.within));
        if (growth > 0) entry.counts.add(tMs, isGood ? good : 0, isTotal ? growth : 0);
      }
      contribution.seen = true;
      contribution.total = histogram.count;
      contribution.within = within;
    }
  }

  status(nowMs: number): SloStatus[] {
    return this.#entries.map(({ slo, counts }) => {
      const { good, total } = counts.within(slo.windowMs, nowMs);
      const remaining = budgetRemaining(good, total, slo.objective);
      const burnRates = BURN_WINDOWS.map((window) => judgeBurn(window, slo.objective, (ms) => counts.within(ms, nowMs)));
      return {
        slo,
        sli: serviceLevel(good, total),
        good,
        total,
        budgetRemaining: remaining,
        burnRates,
        summary: summarize(remaining, burnRates[0]?.long ?? 0, slo.windowMs),
      };
    });
  }

  buckets(sloId: string): readonly SliBucket[] {
    return this.#entries.find((entry) => entry.slo.id === sloId)?.counts.buckets() ?? [];
  }

  /** Each SLO's burn alerts, as rules for the alert book. `others`: what other shards have counted of the same SLOs. */
  burns(
    nowMs: number,
    others: readonly (readonly ShardSlo[])[] = [],
  ): { rule: CompiledRule; labels: Labels; active: boolean; value: number }[] {
    return this.#entries.flatMap(({ slo, burnRules, counts }) => {
      const elsewhere = others.flatMap((slos) => slos.find(({ status }) => status.slo.id === slo.id) ?? []);
      const within = (ms: number): { good: number; total: number } => {
        const sum = { ...counts.within(ms, nowMs) };
        for (const one of elsewhere) {
          const window = one.counts.find((each) => each.ms === ms);
          sum.good += window?.good ?? 0;
          sum.total += window?.total ?? 0;
        }
        return sum;
      };
      return BURN_WINDOWS.flatMap((window, w) => {
        const rule = burnRules[w];
        if (rule === undefined) return [];
        const burn = judgeBurn(window, slo.objective, within);
        return [{ rule, labels: { slo: slo.name, slo_id: slo.id, window: window.name }, active: burn.firing, value: burn.long }];
      });
    });
  }

  burnRules(): CompiledRule[] {
    return this.#entries.flatMap((entry) => entry.burnRules);
  }

  save(writer: ByteWriter): void {
    writer.varint(this.#entries.length);
    for (const entry of this.#entries) {
      writer.string(meaning(entry.slo));
      const buckets = entry.counts.buckets();
      writer.varint(buckets.length);
      for (const { t, good, total } of buckets) {
        writer.f64(t);
        writer.f64(good);
        writer.f64(total);
      }
      const seen = this.#contributions.flatMap((each) => each?.filter((one) => one.entry === entry && one.seen) ?? []);
      writer.varint(seen.length);
      for (const { ref, total, within } of seen) {
        writer.varint(ref);
        writer.f64(total);
        writer.f64(within);
      }
    }
  }

  /** `isNew`: the store had no sample of the series when the bytes were written. */
  load(reader: ByteReader, isNew: (ref: number) => boolean): void {
    for (const contributions of this.#contributions) for (const each of contributions ?? []) each.fresh = isNew(each.ref);
    for (let left = reader.varint(); left > 0; left--) {
      const name = reader.string();
      const entry = this.#entries.find((each) => meaning(each.slo) === name);
      const buckets: SliBucket[] = [];
      for (let count = reader.varint(); count > 0; count--) buckets.push({ t: reader.f64(), good: reader.f64(), total: reader.f64() });
      entry?.counts.load(buckets);
      for (let count = reader.varint(); count > 0; count--) {
        const ref = reader.varint();
        const total = reader.f64();
        const within = reader.f64();
        const contribution = this.#contributions[ref]?.find((each) => each.entry === entry);
        if (contribution === undefined) continue;
        Object.assign(contribution, { seen: true, total, within });
        contribution.entry.heardSince.set(contribution.source, 0);
      }
    }
  }
}

/** What the counts depend on: a new name or objective keeps them, another selector or threshold does not. */
const meaning = (slo: Slo): string => JSON.stringify([slo.id, slo.kind, slo.good, slo.total, slo.thresholdSeconds ?? null, slo.windowMs]);

function selectorOf(text: string): readonly Matcher[] | null {
  const parsed = parseQuery(text);
  return parsed.ok && parsed.value.kind === "vector_selector" ? parsed.value.matchers : null;
}

function burnRule(slo: Slo, window: (typeof BURN_WINDOWS)[number]): CompiledRule {
  const expr = `budget of ${slo.name} spent ${window.factor} times too fast over ${window.name}`;
  return {
    id: `SLOBurn\u00FE${slo.id}`,
    rule: {
      name: "SLOBurn",
      expr,
      forMs: 0,
      keepFiringForMs: 0,
      cooldownMs: 300_000,
      severity: window.severity,
      labels: {},
      annotations: {
        summary: `${slo.name} spends its error budget {{ $value | humanize }} times faster than its objective allows (last ${window.name})`,
      },
      recommendations: [
        { type: "investigate", priority: "high", text: "Find what changed when the burn began: a deploy, a dependency, or traffic." },
      ],
      builtIn: true,
    },
    group: "slo",
    intervalMs: 0,
    expr: null,
    shown: expr,
    program: null,
    perSeries: false,
    ofHistograms: false,
    varies: false,
    conditions: null,
    threshold: window.factor,
    definition: `${meaning(slo)} ${slo.objective} ${window.name}`,
  };
}
