/** Values as a sentence says them. */

/** A value in words: of a metric whose unit is known with the unit. */
export type Measure = (value: number) => string;

/** Of a move, what nobody sees beside it. */
const NOTHING = 0.001;
/** Reads as a fraction of whatever unit it is said in. */
const FRACTION = /^[−-]?(?:0\.|[\d.]+e[−-])/;

/** Of degrees no share tells anything: their zero is not nothing. */
export const hasShares = (show: Measure): boolean => !show(1).includes("°");

/** The same values beside a move from one to the other: a fraction that is less than a thousandth of it is zero. */
export function besideMove(show: Measure, from: number, to: number): Measure {
  const least = NOTHING * Math.abs(to - from);
  return (value) => {
    const words = show(value);
    return Math.abs(value) < least && FRACTION.test(words) ? show(0) : words;
  };
}

/** `8–15`, or the one value where both ends read the same. */
export function rangeWords(lower: number, upper: number, show: Measure): string {
  const [from, to] = [show(lower), show(upper)];
  return from === to ? from : `${from}–${to}`;
}
