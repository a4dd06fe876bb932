/** What a shard's core needs of evaluation; the core feeds it appended samples and applies the plans it returns. */
import type { BaseTier } from "@sightline/shared/anomaly/base-tier";
import type { AlertTransition, StandingAlert } from "@sightline/shared/model/alert";
import type { Anomaly, Judgement } from "@sightline/shared/model/anomaly";
import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { RuleEvaluation, RuleFault } from "@sightline/shared/model/rule";
import type { BatchSeries } from "@sightline/shared/model/sample";
import type { SliBucket, SloStatus } from "@sightline/shared/model/slo";
import type { Select, SelectRequest } from "@sightline/shared/promql/api";
import type { Pace, Stepwise } from "@sightline/shared/promql/evaluation/pace";
import type { PacedSelect } from "@sightline/shared/promql/slices";
import type { Result } from "@sightline/shared/model/result";
import type { ExpectedRange } from "@sightline/shared/api/responses";
import type { HandedSeries, TakenSeries } from "./handed-alerts.ts";
import type { BandPoint } from "./detection/band-memory.ts";
import type { JudgedAs } from "./detection/judged-as.ts";
import type { ShardConfig, ShardSlo } from "../objects/rpc.ts";

/** `revised`: what was told of this series at this time is better told so; a spike that stayed is a shift of the level. */
export interface FoundAnomaly extends Anomaly {
  readonly revised?: true;
}

/** Rows to write in the transaction that commits the samples which caused them. */
export interface EvaluationPlan {
  readonly transitions: readonly AlertTransition[];
  /** Alert instances whose state changed: small versioned blobs, keyed by fingerprint; null removes the row. */
  readonly states: readonly { readonly fingerprint: string; readonly state: Uint8Array | null }[];
  /** Judged points with score >= 0.5, one per event (already deduplicated by the detector's refractory). */
  readonly anomalies: readonly FoundAnomaly[];
  /** What recording rules and the alerts themselves (ALERTS, ALERTS_FOR_STATE) give, to be stored and shown to `observe` as any other sample. */
  readonly recorded?: readonly BatchSeries[];
}

export interface EvaluationPorts {
  /** Reads this shard's stored and buffered samples; for rules that do not stream and for absence. */
  readonly select: Select;
  /** The same in steps of work; `select` where it is absent. */
  readonly selectStepwise?: PacedSelect;
  /** Ms since the epoch, for how long a rule takes and which samples are ahead; absent: that has no limit, and none is. */
  readonly now?: () => number;
  /** Of a series that was added; undefined once it is forgotten. They are asked for, not kept: there may be very many. */
  readonly labelsOf: (ref: number) => Labels | undefined;
  /** Series the core knows besides stored ones, e.g. `sightline_sender_silence_seconds{sender,host_name}`, asked at each tick. */
  readonly synthetic: (nowMs: number) => readonly { readonly labels: Labels; readonly value: number }[];
  /** Where people reach this server, for the templates of alerts; "" when absent. */
  readonly externalUrl?: string;
  /** Makes the base anomaly tier; in TypeScript when absent. */
  readonly baseTier?: () => BaseTier;
  /** Series that may have the rich tier at a time; absent: 512. */
  readonly richSeries?: number;
}

/**
 * What a shard of several evaluates. Every shard judges its own series, which are whole; what looks across series, at absence
 * or at an SLO's events is judged by the leader alone, over the series of all.
 */
export type RulePlace = "alone" | "leader" | "follower";

/** What a leader needs of all shards before it can tick. */
export interface TickReads {
  readonly requests: readonly SelectRequest[];
  /** Whether burn rates are due. */
  readonly burns: boolean;
}

/** The answer to that; `at` is the time it was asked for, ms. What failed leaves alerts as they are. */
export interface Elsewhere {
  readonly at: number;
  /** Over the series of all shards, this one among them. */
  readonly select: Result<Select>;
  /** What each other shard has counted. */
  readonly slos: Result<readonly (readonly ShardSlo[])[]>;
}

/** Versioned bytes of what an evaluation has to remember, in parts. */
interface Snapshots {
  /** How many parts there are now. */
  readonly count: number;
  /** Whether all parts are to be written at once: few series. Of more, part 0 and one other at a time. */
  readonly isWhole: boolean;
  /**
   * Valid until the next call, of any evaluation. Part 0 holds what must agree with the samples stored, the SLI counters among it; the others hold the
   * detectors of up to a thousand series each, and may be older: a detector takes up again with the next sample it sees.
   */
  write(part: number): Uint8Array;
}

/** One shard's streaming rules, interval rules, detectors and SLI counters. No I/O. `ref` is the dense index of a series (0, 1, 2 …). */
export interface Evaluation {
  /** Alone where no place is given. */
  configure(config: ShardConfig, nowMs: number, place?: RulePlace): EvaluationPlan;
  /**
   * One that `labelsOf` knows. `startsAtZero`: its sender sends differences, so that its first value is growth too. `labels`: where they are at hand as
   * `labelsOf` would make them.
   */
  addSeries(ref: number, metadata: MetricMetadata, startsAtZero?: boolean, labels?: Labels): void;
  /** More is known of a series than when it was added: its type, where it had none, or its unit. */
  learn(ref: number, metadata: MetricMetadata): void;
  /** Hot path: O(1), no allocation. Of samples that are late only the windows of rules take notice. */
  observe(ref: number, tMs: number, value: number): void;
  /** Hot path: the first `length` rows of parallel columns, in order; rows whose verdict says that they were not kept are passed over. */
  observeColumns(refs: Int32Array, times: Float64Array, values: Float64Array, verdicts: Uint8Array, length: number): void;
  observeHistogram(ref: number, tMs: number, histogram: NativeHistogram): void;
  /** After the last sample of an append, before its commit. After a replay: what of its alerts was not told, and no anomalies. */
  finish(nowMs: number): EvaluationPlan;
  /** What is due now and needs other shards; null when nothing does. */
  tickReads(nowMs: number): TickReads | null;
  /**
   * From the object's alarm: interval rules, absence, burn rates. A leader leaves out what it has no answer for. Stops as `pace` says, by
   * default never; what comes in between, samples and another configuration, is taken, and of rules that are not there any more nothing is
   * told. One tick is under way at a time.
   */
  tick(nowMs: number, elsewhere?: Elsewhere, pace?: Pace): Stepwise<EvaluationPlan>;
  /** When `tick` should next run, ms; null when nothing needs it. */
  nextTickAt(nowMs: number): number | null;
  /** What was said of the latest step of a series, null while its detector learns. */
  expected(ref: number): Judgement | null;
  /** Ms between the two newest steps of a series that is remembered; 0 of any other. */
  stepMs(ref: number): number;
  /** What a series is judged as, and by: of an unknown type, what it turned out to be. */
  judgedAs(ref: number): JudgedAs | undefined;
  /** What was said of the newest steps of a series, the oldest first: of one in the rich tier of hundreds, of any other of the newest. */
  said(ref: number): readonly BandPoint[];
  /** Series in the rich tier. */
  rich(): readonly number[];
  /**
   * The bands over a past range, both ends included, in the order of `series`: what was said, as far as it is remembered; before that
   * judged anew by the same tier from `select`, each time from the beginning of the UTC day before it, whatever the range. At most 8 of the
   * rich tier are judged anew, and days at the beginning of a range that would take too long are left out. Stops as `pace` says, by default never.
   */
  expectedRanges(series: readonly Labels[], startMs: number, endMs: number, pace?: Pace): Stepwise<readonly ExpectedRange[]>;
  /**
   * Versioned bytes of what the detectors of these series have learned, for another shard, in which they go on: here nothing of them is
   * missed from now on. Undefined is a series that is not known.
   */
  handDetectors(refs: readonly (number | undefined)[]): Uint8Array;
  /** The other side, of the same series in turn: whether each goes on with what was learned. */
  takeDetectors(refs: readonly number[], bytes: Uint8Array): readonly boolean[];
  /** Until then series that are new here may come from another shard: of those that streaming rules watch, samples wait for `takeAlerts`, some seconds at most. */
  awaitSeries(untilMs: number): void;
  /** Series whose samples wait so. */
  awaited(nowMs: number): readonly number[];
  /** They wait some seconds from now: another shard answers, and has not come to them. */
  awaitLonger(nowMs: number): void;
  /**
   * The samples in the windows of streaming rules and the alerts of series that go on in another shard: of as many in turn as fit an answer.
   * For a minute time alone changes nothing of them here; if `letGoAlerts` does not come by then they go on here.
   */
  handAlerts(refs: readonly (number | undefined)[], nowMs: number): readonly HandedSeries[];
  /** The other shard has written them: here they end without a word, which the next plan writes. */
  letGoAlerts(taken: readonly TakenSeries<number>[]): void;
  /** The other side: these series wait no more, and what of them is in `handed`, in turn, is taken. */
  takeAlerts(refs: readonly number[], handed: readonly HandedSeries[], nowMs: number): EvaluationPlan;
  slos(nowMs: number): readonly SloStatus[];
  sliBuckets(sloId: string): readonly SliBucket[];
  /** Pending and firing, with value and annotations of now; those of these fingerprints where some are given. */
  active(fingerprints?: readonly string[]): readonly StandingAlert[];
  /** Rules that could not be evaluated when they were last due. */
  faults(): readonly RuleFault[];
  /** The newest of each rule that has been evaluated here; of those that stream that of the newest samples or tick. */
  evaluations(): readonly RuleEvaluation[];
  readonly snapshots: Snapshots;
  /** The parts in order, empty where one is missing. Ignores what it cannot read and returns false. */
  restore(parts: Iterable<Uint8Array>, states: readonly { readonly fingerprint: string; readonly state: Uint8Array }[]): boolean;
}
