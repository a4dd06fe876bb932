/**
 * How far back what is stored has changed, for what was worked out from it: the oldest time among the samples that came
 * since somebody asked. Costs nothing while nobody keeps anything.
 */
export class AppendWatch {
  /** Whether anybody wants to know. */
  watching = false;
  #oldest = Infinity;

  /** A sample came, also one that changes another. Ms. */
  sample(t: number): void {
    if (t < this.#oldest) this.#oldest = t;
  }

  /** The first `length` of these came. Hot. */
  samples(times: Float64Array, length: number): void {
    let oldest = this.#oldest;
    for (let i = 0; i < length; i++) if ((times[i] as number) < oldest) oldest = times[i] as number;
    this.#oldest = oldest;
  }

  /** Samples have left. */
  everything(): void {
    this.#oldest = -Infinity;
  }

  /** Ms; what is older than this is as it was the time before. Infinity: nothing came. */
  take(): number {
    const oldest = this.#oldest;
    this.#oldest = Infinity;
    return oldest;
  }
}
