/**
 * p-values as false-discovery rates: calling all with a rate ≤ q findings makes at most a share q of the findings false ones.
 * Source: Benjamini & Hochberg 1995, JRSS B 57.
 */
export function falseDiscoveryRates(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => (pValues[b] ?? 1) - (pValues[a] ?? 1));
  const rates = pValues.map(() => 1);
  let least = 1;
  for (const [place, i] of order.entries()) {
    least = Math.min(least, ((pValues[i] ?? 1) * pValues.length) / (pValues.length - place));
    rates[i] = least;
  }
  return rates;
}
