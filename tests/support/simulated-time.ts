interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that stands still while anything is being done and then jumps to what comes next. */
export class SimulatedTime {
  #now: number;
  #order = 0;
  /** A binary heap, earliest first. */
  readonly #events: Event[] = [];

  constructor(startMs: number) {
    this.#now = startMs;
  }

  readonly now = (): number => this.#now;

  readonly wait = (ms: number): Promise<void> => new Promise((resolve) => this.at(this.#now + ms, resolve));

  at(timeMs: number, run: () => void): void {
    const heap = this.#events;
    const event = { at: Math.max(timeMs, this.#now), order: this.#order++, run };
    let i = heap.push(event) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && earlier(event, heap[parent]); i = parent, parent = (i - 1) >> 1)
      heap[i] = heap[parent] ?? event;
    heap[i] = event;
  }

  /** Runs everything due up to a time, each once the consequences of the one before have settled. */
  async runUntil(timeMs: number): Promise<void> {
    for (let next = this.#events[0]; next !== undefined && next.at <= timeMs; next = this.#events[0]) {
      this.#pop();
      this.#now = next.at;
      next.run();
      await settled();
    }
    this.#now = timeMs;
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child + 1 < heap.length && earlier(heap[child + 1], heap[child])) child++;
      const event = heap[child];
      if (event === undefined || !earlier(event, last)) break;
      heap[i] = event;
      i = child;
    }
    heap[i] = last;
  }
}

const earlier = (a: Event | undefined, b: Event | undefined): boolean =>
  a !== undefined && (b === undefined || a.at < b.at || (a.at === b.at && a.order < b.order));
