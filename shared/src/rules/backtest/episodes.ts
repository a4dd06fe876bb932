import { type AlertInstanceState, type AlertObservation, stepAlertState } from "../../alerting/alert-state.ts";
import type { Labels } from "../../model/labels.ts";
import type { AlertRule } from "../../model/rule.ts";
import type { Openness } from "../streaming/judge-series.ts";

/** One time that a rule would have fired. Times in ms. */
export interface Episode {
  /** Of the series that raised it, without its name. */
  readonly labels: Labels;
  /** When the condition began to hold. */
  readonly activeAt: number;
  /** When it fired. */
  readonly firedAt: number;
  /** Null while it still fires at the end of the history. */
  readonly resolvedAt: number | null;
  /** The value farthest on the wrong side. */
  readonly peak: number;
}

/** The life of one alert through its history, in order of time. */
export class EpisodeRecorder {
  state: AlertInstanceState | null = null;
  readonly #labels: Labels;
  readonly #rule: AlertRule;
  readonly #above: boolean;
  readonly #out: Episode[];
  #firedAt = 0;
  #peak = Number.NaN;

  /** `above`: whether a greater value is the worse one. Episodes go to `out` as they end. */
  constructor(labels: Labels, rule: AlertRule, above: boolean, out: Episode[]) {
    this.#labels = labels;
    this.#rule = rule;
    this.#above = above;
    this.#out = out;
  }

  get isIdle(): boolean {
    return this.state === null;
  }

  get openness(): Openness {
    const state = this.state?.state;
    return state === "firing" || state === "pending" ? state : "none";
  }

  step(observation: AlertObservation): void {
    if (this.state === null && !observation.active && observation.gap !== true) return;
    const before = this.state;
    const { state, transition } = stepAlertState(before, observation, this.#rule);
    this.state = state;
    if (observation.active) this.#see(observation.value, before === null || before.state === "resolved" || before.state === "inactive");
    if (transition === undefined || transition.from === transition.to) return;
    if (transition.to === "firing") this.#firedAt = observation.at;
    else if (transition.to === "resolved") this.#end(transition.activeAt, observation.at);
  }

  #see(value: number, isNew: boolean): void {
    const worse = this.#above ? value > this.#peak : value < this.#peak;
    if (isNew || worse || Number.isNaN(this.#peak)) this.#peak = value;
  }

  #end(activeAt: number, resolvedAt: number | null): void {
    this.#out.push({ labels: this.#labels, activeAt, firedAt: this.#firedAt, resolvedAt, peak: this.#peak });
  }

  /** The history is over: what still fires is an episode without an end. */
  finish(): void {
    if (this.state?.state === "firing") this.#end(this.state.activeAt, null);
  }
}
