/** Finds stale markers by their bits in place: a NaN that passes through a variable may lose them. */
export class StaleMarkers {
  private readonly words: Uint32Array;

  constructor(values: Float64Array) {
    this.words = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  }

  /**
   * True when `values[index]` is Prometheus's stale marker, 0x7ff0000000000002, or the same quieted by a machine that
   * copied it as a number, 0x7ff8000000000002, as in `isStale` (little-endian machines, as all of ours).
   */
  at(index: number): boolean {
    return this.words[2 * index] === 2 && ((this.words[2 * index + 1] ?? 0) | 0x80000) === 0x7ff80000;
  }
}
