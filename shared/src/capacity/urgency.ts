/**
 * Share of a limit that is used, or would be after as long again as was seen, by the means of the two halves: what is judged first, where not
 * all can be. A steady 89% of 90% goes behind what fills.
 */
export function urgencyOf({ values }: { readonly values: ArrayLike<number> }, limit: number): number {
  const finite = Array.from(values).filter(Number.isFinite);
  const half = Math.max(1, finite.length >> 1);
  const mean = (some: readonly number[]): number => some.reduce((sum, value) => sum + value / some.length, 0);
  const grown = finite.length < 2 ? 0 : 2 * (mean(finite.slice(-half)) - mean(finite.slice(0, half)));
  return ((finite.at(-1) ?? 0) + Math.max(0, grown)) / limit;
}
