/** Exponential backoff with full jitter (Brooker, "Exponential Backoff And Jitter", 2015). */
export class Backoff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  readonly #random: () => number;
  #attempt = 0;

  constructor(firstMs: number, mostMs: number, random: () => number) {
    this.#firstMs = firstMs;
    this.#mostMs = mostMs;
    this.#random = random;
  }

  /** Ms to wait before the next attempt, in (0, cap]. */
  next(): number {
    const cap = Math.min(this.#mostMs, this.#firstMs * 2 ** Math.min(this.#attempt++, 30));
    return Math.ceil(cap * (1 - this.#random()));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
