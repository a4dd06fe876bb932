/** What the transport counts of itself, since it started. */
export class ShipCounters {
  connections = 0;
  framesSent = 0;
  framesAcknowledged = 0;
  framesSetAside = 0;
  bytesSent = 0;
  sendErrors = 0;
  /** Samples the server refused, by code. */
  readonly rejected = new Map<string, number>();

  reject(code: string, samples: number): void {
    this.rejected.set(code, (this.rejected.get(code) ?? 0) + samples);
  }
}
