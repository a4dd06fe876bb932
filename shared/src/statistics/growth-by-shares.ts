/**
 * Of logarithms: as many times beyond the highest as that is beyond the lowest. Nobody has seen growth by shares at sizes that are further away.
 */
export function asFarAgain(logarithms: Float64Array): number {
  let least = Infinity;
  let most = -Infinity;
  for (const value of logarithms) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most + (most - least);
}

/** The value of a logarithm, where growth by shares goes on by amounts beyond `highest`. */
export const grownTo = (logarithm: number, highest: number): number =>
  Math.exp(Math.min(logarithm, highest)) * (1 + Math.max(0, logarithm - highest));

/** The logarithm that `grownTo` gives the value of. */
export function ungrown(value: number, highest: number): number {
  const logarithm = Math.log(value);
  return logarithm <= highest ? logarithm : highest + value / Math.exp(highest) - 1;
}
