export interface FaultOptions {
  /** The part that CI runs: about two minutes in all. */
  readonly smoke: boolean;
}
