/**
 * A rule that streams, over the samples of one series after another: at each sample what ingest does, and between samples
 * what the shard's alarm does (the end of `for` and of keep-firing to the ms, silence, windows that slide on).
 */
import { nextStepAt } from "../../alerting/alert-state.ts";
import { type Labels, METRIC_NAME } from "../../model/labels.ts";
import type { AlertRule } from "../../model/rule.ts";
import type { SelectedSeries } from "../../model/sample.ts";
import { type SeriesMemory, type StreamingPlan, judgeSeries, seriesMemory } from "../streaming/judge-series.ts";
import { quietMsOf, sweepMsOf } from "../streaming/silent-windows.ts";
import { LOOKBACK_MS, type ProgramRunner } from "../streaming/program-runner.ts";
import { type Episode, EpisodeRecorder } from "./episodes.ts";

export class SeriesHistory {
  readonly #plan: StreamingPlan;
  readonly #rule: AlertRule;
  readonly #runner: ProgramRunner;
  readonly #slot: number;
  readonly #memory: SeriesMemory = seriesMemory();
  readonly #recorder: EpisodeRecorder;
  /** How long after the newest sample time alone may matter, ms. */
  readonly #reachMs: number;
  /** How often the alarm looks at windows while time goes on and no sample comes, and after how much silence, ms. */
  readonly #sweepMs: number;
  readonly #quietMs: number;

  /** `runner`: shared by all series of the backtest. `intervalMs`: of the rule's group. */
  constructor(
    runner: ProgramRunner,
    labels: Labels,
    rule: AlertRule,
    intervalMs: number,
    plan: StreamingPlan,
    above: boolean,
    out: Episode[],
  ) {
    const { [METRIC_NAME]: _name, ...source } = labels;
    this.#plan = plan;
    this.#rule = rule;
    this.#runner = runner;
    this.#slot = runner.windows.add(plan.program.rangeMs);
    this.#recorder = new EpisodeRecorder(source, rule, above, out);
    this.#reachMs = Math.max(plan.program.rangeMs, plan.onGap === "fire" ? LOOKBACK_MS + plan.gapLimitMs : 0);
    this.#sweepMs = sweepMsOf(intervalMs);
    this.#quietMs = quietMsOf(intervalMs, this.#reachMs);
  }

  /** Samples before `fromMs` fill the windows and raise nothing. */
  run({ timestamps, values, histograms }: SelectedSeries, fromMs: number): void {
    const { program, conditional } = this.#plan;
    const runner = this.#runner;
    const window = runner.windows.seek(this.#slot);
    const recorder = this.#recorder;
    for (let i = 0; i < timestamps.length; i++) {
      const t = timestamps[i] as number;
      if (t <= window.lastTime || (histograms !== undefined && histograms[i] !== undefined)) continue;
      if (t < fromMs) {
        window.remember(t, values[i] as number);
        if (conditional) judgeSeries(this.#plan, this.#memory, runner, t, true, "none");
        continue;
      }
      if (recorder.state !== null || t - window.lastTime > this.#quietMs) this.advance(t);
      window.remember(t, values[i] as number);
      if (conditional) {
        recorder.step(judgeSeries(this.#plan, this.#memory, runner, t, true, recorder.openness));
        continue;
      }
      const value = runner.run(program.code, 0, t);
      if (!runner.absent || recorder.state !== null) recorder.step({ active: !runner.absent, value, at: t });
    }
  }

  /** What time alone does until `untilMs`, exclusive. */
  advance(untilMs: number): void {
    const { lastTime } = this.#runner.windows.seek(this.#slot);
    if (lastTime === 0) return;
    let at = lastTime;
    for (;;) {
      at = this.#nextAt(at, lastTime);
      if (at >= untilMs) return;
      this.#tick(at);
    }
  }

  /** The next moment after `at` that the alarm would be due. */
  #nextAt(at: number, lastTime: number): number {
    const { state } = this.#recorder;
    const sweep = (Math.floor(at / this.#sweepMs) + 1) * this.#sweepMs;
    let next = this.#reachMs > 0 && sweep < lastTime + this.#reachMs ? sweep : Infinity;
    if (state === null || state.state === "resolved") return next;
    const due = nextStepAt(state, this.#rule);
    if (due !== null && due > at) next = Math.min(next, due);
    // Windows of an open alert slide on with every tick, however long the silence.
    if (this.#plan.program.rangeMs > 0 && state.gapSince === undefined) next = Math.min(next, sweep);
    if (state.gapSince === undefined && state.ceasedAt === undefined && lastTime + LOOKBACK_MS > at)
      next = Math.min(next, lastTime + LOOKBACK_MS);
    return next;
  }

  #tick(at: number): void {
    const recorder = this.#recorder;
    const { state } = recorder;
    const observation = judgeSeries(this.#plan, this.#memory, this.#runner, at, false, recorder.openness);
    if (recorder.openness === "none") {
      const silent = this.#runner.windows.lastTime <= at - this.#quietMs;
      if (silent && (observation.active || observation.gap === true)) recorder.step(observation);
      return;
    }
    if (state === null) return;
    const goesOn = observation.active || observation.holds === true;
    const due = nextStepAt(state, this.#rule);
    const isSame = state.gapSince === undefined && state.ceasedAt === undefined;
    const settled = goesOn && isSame && (state.state === "firing" || (due !== null && at < due));
    if (!settled) recorder.step(observation);
  }

  finish(endMs: number): void {
    this.advance(endMs + 1);
    this.#recorder.finish();
  }
}
