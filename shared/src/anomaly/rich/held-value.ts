import { R, V } from "./layout.ts";

/** Share of steps at which it stands where it stood, from where on a value is one that is held. */
const HELD = 0.9;
/** Moves after which it is known how far one goes, and that it is a mean of at most. */
const FEWEST_MOVES = 2;
const MOST_MOVES = 10;
/** Moves in a row from which on it is held no more. */
const MOVES_ON = 4;
/** Times as far as the usual move to which one counts. */
const REACH = 4;

/**
 * How far from what is expected a value goes that is set anew now and then and held meanwhile, as how long the last backup took: that is its scatter, not the
 * mean over the steps at which it stands. 0 of a value that is not held, or before that is known.
 */
export function sizeOfMoves(f: Float64Array): number {
  return f[V.moves]! >= FEWEST_MOVES && f[V.run]! < MOVES_ON && f[R.repeats]! > HELD * f[R.steps]! ? f[V.size]! : 0;
}

/** The same of the mean of so long, in which there may have been several. */
export function sizeOfMean(f: Float64Array, ms: number): number {
  const moves = (1 - f[R.repeats]! / f[R.steps]!) * (ms / f[R.spacingMs]!);
  return sizeOfMoves(f) / Math.sqrt(Math.max(1, moves));
}

/** While R.previous and R.expected are those before `x`. */
export function learnMove(f: Float64Array, x: number): void {
  if (f[R.steps] === 0) return;
  f[V.run] = x === f[R.previous] ? 0 : f[V.run]! + 1;
  if (f[V.run] === 0 || f[V.run]! >= MOVES_ON) return;
  const moves = ++f[V.moves]!;
  const size = Math.min(Math.abs(x - f[R.previous]!), Math.abs(x - f[R.expected]!));
  const usual = f[V.size]!;
  const counts = moves <= FEWEST_MOVES ? size : Math.min(size, REACH * usual);
  f[V.size] = Math.fround(usual + (counts - usual) / Math.min(moves, MOST_MOVES));
}
