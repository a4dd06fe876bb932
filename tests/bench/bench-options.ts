export interface BenchOptions {
  /** Rounds of every comparison; figures are medians over them. */
  readonly rounds: number;
  /** Smaller loads, to see that the bench works; its figures mean little. */
  readonly quick: boolean;
}
