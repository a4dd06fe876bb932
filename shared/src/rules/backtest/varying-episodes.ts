import type { AlertObservation } from "../../alerting/alert-state.ts";
import { type Labels, seriesKey } from "../../model/labels.ts";
import { goingOn } from "../alerts-of-series.ts";
import type { Openness } from "../streaming/judge-series.ts";
import type { EpisodeRecorder } from "./episodes.ts";

/** The alerts of one series under a rule whose labels follow the value, told apart by these. */
export class VaryingEpisodes {
  readonly #labelsAt: (observation: AlertObservation) => Labels;
  readonly #record: (labels: Labels) => EpisodeRecorder;
  readonly #alerts = new Map<string, EpisodeRecorder>();

  /** `labelsAt`: of the alert that an observation would raise. */
  constructor(labelsAt: (observation: AlertObservation) => Labels, record: (labels: Labels) => EpisodeRecorder) {
    this.#labelsAt = labelsAt;
    this.#record = record;
  }

  get isIdle(): boolean {
    return this.#alerts.size === 0;
  }

  get openness(): Openness {
    return goingOn(this.#alerts.values())?.openness ?? "none";
  }

  step(observation: AlertObservation): void {
    if (this.isIdle && !observation.active && observation.gap !== true) return;
    const standing = observation.active ? undefined : goingOn(this.#alerts.values());
    const recorder = standing ?? this.#of(this.#labelsAt(observation));
    recorder.step(observation);
    for (const [key, other] of this.#alerts) {
      if (other !== recorder) other.step({ active: false, value: 0, at: observation.at });
      if (other.state === null) this.#alerts.delete(key);
    }
  }

  #of(labels: Labels): EpisodeRecorder {
    const key = seriesKey(labels);
    let alert = this.#alerts.get(key);
    if (alert === undefined) this.#alerts.set(key, (alert = this.#record(labels)));
    return alert;
  }

  finish(): void {
    for (const alert of this.#alerts.values()) alert.finish();
  }
}
