/** Samples that rules are not shown yet, by ref: they are ahead of the clock, or their series waits for what another shard has of it. */
import { AheadSamples } from "./ahead-samples.ts";

export class HeldSamples {
  readonly #samples = new Map<number, AheadSamples>();
  /** Until when series wait for another shard, ms. */
  readonly #awaited = new Map<number, number>();
  /** When the earliest may be shown, ms. */
  nextAt = Infinity;

  add(ref: number, t: number, value: number): void {
    const held = this.#samples.get(ref) ?? new AheadSamples();
    held.add(t, value);
    this.#samples.set(ref, held);
    this.nextAt = Math.min(this.nextAt, Math.max(t, this.#awaited.get(ref) ?? 0));
  }

  /** Those whose time has come; they are not kept. */
  take(nowMs: number): readonly { readonly ref: number; readonly t: number; readonly value: number }[] {
    this.nextAt = Infinity;
    const taken: { readonly ref: number; readonly t: number; readonly value: number }[] = [];
    for (const [ref, held] of this.#samples) {
      const awaitedUntil = this.#awaited.get(ref) ?? 0;
      if (awaitedUntil <= nowMs) for (const sample of held.take(nowMs)) taken.push({ ref, ...sample });
      const { firstAt } = held;
      if (firstAt === Infinity) this.#samples.delete(ref);
      else this.nextAt = Math.min(this.nextAt, Math.max(firstAt, awaitedUntil));
    }
    return taken;
  }

  /** The samples; what waits goes on waiting. */
  clear(): void {
    this.#samples.clear();
    this.nextAt = Infinity;
  }

  await(ref: number, untilMs: number): void {
    this.#awaited.set(ref, untilMs);
  }

  /** All that wait do so until then. */
  awaitLonger(untilMs: number): void {
    for (const ref of this.#awaited.keys()) this.#awaited.set(ref, untilMs);
  }

  awaited(nowMs: number): readonly number[] {
    for (const [ref, untilMs] of this.#awaited) if (untilMs <= nowMs) this.#awaited.delete(ref);
    return [...this.#awaited.keys()];
  }

  isAwaited(ref: number, nowMs = -Infinity): boolean {
    return this.#awaited.size > 0 && (this.#awaited.get(ref) ?? -Infinity) > nowMs;
  }

  /** These wait no more: `take` shows what came of them. */
  release(refs: readonly number[]): void {
    for (const ref of refs) this.#awaited.delete(ref);
    this.nextAt = -Infinity;
  }
}
