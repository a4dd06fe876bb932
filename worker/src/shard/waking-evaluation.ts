import type { NativeHistogram } from "@sightline/shared/model/histogram";
import type { Labels } from "@sightline/shared/model/labels";
import type { MetricMetadata } from "@sightline/shared/model/metric";
import type { Pace } from "@sightline/shared/promql/evaluation/pace";
import type { ShardConfig } from "../objects/rpc.ts";
import type { HandedSeries, TakenSeries } from "../rules/handed-alerts.ts";
import type { Elsewhere, Evaluation, RulePlace } from "../rules/api.ts";

type Answer<Method extends keyof Evaluation> = Evaluation[Method] extends (...args: never[]) => infer Result ? Result : Evaluation[Method];

/**
 * An evaluation that is restored when it is first needed: an object that wakes for a query reads its samples and pays
 * neither for rules nor for detectors. Whoever appends wakes it before the first sample is in memory, as what restores it
 * reads what is stored.
 */
export class WakingEvaluation implements Evaluation {
  readonly #evaluation: Evaluation;
  #restore: ((evaluation: Evaluation) => void) | null;

  constructor(evaluation: Evaluation, restore: (evaluation: Evaluation) => void) {
    this.#evaluation = evaluation;
    this.#restore = restore;
  }

  wake(): Evaluation {
    const restore = this.#restore;
    if (restore !== null) {
      this.#restore = null;
      restore(this.#evaluation);
    }
    return this.#evaluation;
  }

  configure(config: ShardConfig, nowMs: number, place?: RulePlace): Answer<"configure"> {
    return this.wake().configure(config, nowMs, place);
  }

  addSeries(ref: number, metadata: MetricMetadata, startsAtZero?: boolean, labels?: Labels): void {
    this.wake().addSeries(ref, metadata, startsAtZero, labels);
  }

  learn(ref: number, metadata: MetricMetadata): void {
    this.wake().learn(ref, metadata);
  }

  observe(ref: number, tMs: number, value: number): void {
    this.wake().observe(ref, tMs, value);
  }

  observeColumns(refs: Int32Array, times: Float64Array, values: Float64Array, verdicts: Uint8Array, length: number): void {
    this.wake().observeColumns(refs, times, values, verdicts, length);
  }

  observeHistogram(ref: number, tMs: number, histogram: NativeHistogram): void {
    this.wake().observeHistogram(ref, tMs, histogram);
  }

  finish(nowMs: number): Answer<"finish"> {
    return this.wake().finish(nowMs);
  }

  tickReads(nowMs: number): Answer<"tickReads"> {
    return this.wake().tickReads(nowMs);
  }

  tick(nowMs: number, elsewhere?: Elsewhere, pace?: Pace): Answer<"tick"> {
    return this.wake().tick(nowMs, elsewhere, pace);
  }

  nextTickAt(nowMs: number): Answer<"nextTickAt"> {
    return this.wake().nextTickAt(nowMs);
  }

  expected(ref: number): Answer<"expected"> {
    return this.wake().expected(ref);
  }

  stepMs(ref: number): number {
    return this.wake().stepMs(ref);
  }

  judgedAs(ref: number): Answer<"judgedAs"> {
    return this.wake().judgedAs(ref);
  }

  said(ref: number): Answer<"said"> {
    return this.wake().said(ref);
  }

  rich(): Answer<"rich"> {
    return this.wake().rich();
  }

  expectedRanges(series: readonly Labels[], startMs: number, endMs: number, pace?: Pace): Answer<"expectedRanges"> {
    return this.wake().expectedRanges(series, startMs, endMs, pace);
  }

  handDetectors(refs: readonly (number | undefined)[]): Uint8Array {
    return this.wake().handDetectors(refs);
  }

  takeDetectors(refs: readonly number[], bytes: Uint8Array): Answer<"takeDetectors"> {
    return this.wake().takeDetectors(refs, bytes);
  }

  awaitSeries(untilMs: number): void {
    this.wake().awaitSeries(untilMs);
  }

  awaited(nowMs: number): Answer<"awaited"> {
    return this.wake().awaited(nowMs);
  }

  handAlerts(refs: readonly (number | undefined)[], nowMs: number): Answer<"handAlerts"> {
    return this.wake().handAlerts(refs, nowMs);
  }

  awaitLonger(nowMs: number): void {
    this.wake().awaitLonger(nowMs);
  }

  letGoAlerts(taken: readonly TakenSeries<number>[]): void {
    this.wake().letGoAlerts(taken);
  }

  takeAlerts(refs: readonly number[], handed: readonly HandedSeries[], nowMs: number): Answer<"takeAlerts"> {
    return this.wake().takeAlerts(refs, handed, nowMs);
  }

  slos(nowMs: number): Answer<"slos"> {
    return this.wake().slos(nowMs);
  }

  sliBuckets(sloId: string): Answer<"sliBuckets"> {
    return this.wake().sliBuckets(sloId);
  }

  active(fingerprints?: readonly string[]): Answer<"active"> {
    return this.wake().active(fingerprints);
  }

  faults(): Answer<"faults"> {
    return this.wake().faults();
  }

  evaluations(): Answer<"evaluations"> {
    return this.wake().evaluations();
  }

  get snapshots(): Answer<"snapshots"> {
    return this.wake().snapshots;
  }

  restore(parts: Iterable<Uint8Array>, states: readonly { readonly fingerprint: string; readonly state: Uint8Array }[]): boolean {
    return this.wake().restore(parts, states);
  }
}
