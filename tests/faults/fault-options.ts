export interface FaultOptions {
  /** The part that CI runs: about two minutes in all. */
  readonly smoke: boolean;
}

/** What this machine cannot be asked, and why: printed and counted as skipped, never as passed. */
export class Skipped {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
