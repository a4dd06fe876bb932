/** Samples of one series whose time has not come: an evaluation does not see them before it has. As many as storage takes ahead of its clock. */
export class AheadSamples {
  /** The earliest first; of one time the newest that came. */
  readonly #samples: { readonly t: number; readonly value: number }[] = [];

  add(t: number, value: number): void {
    let i = this.#samples.length;
    while (i > 0 && (this.#samples[i - 1]?.t ?? 0) > t) i--;
    const isThere = this.#samples[i - 1]?.t === t;
    this.#samples.splice(isThere ? i - 1 : i, isThere ? 1 : 0, { t, value });
  }

  /** Time of the earliest, ms; infinity when there is none. */
  get firstAt(): number {
    return this.#samples[0]?.t ?? Infinity;
  }

  /** Those whose time has come, the earliest first; they are not kept. */
  take(nowMs: number): readonly { readonly t: number; readonly value: number }[] {
    const behind = this.#samples.findIndex(({ t }) => t > nowMs);
    return this.#samples.splice(0, behind === -1 ? this.#samples.length : behind);
  }
}
