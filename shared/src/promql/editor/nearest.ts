/** Names that a mistyped one may have meant, by the optimal string alignment distance (insert, delete, replace, swap neighbours). */

const MOST = 3;

/** Nearest first, at most three; none that differs in more than a third of its letters. */
export function nearestNames(wanted: string, names: Iterable<string>): readonly string[] {
  const bound = Math.max(1, Math.floor(wanted.length / 3));
  const begins = (name: string): number => (name.startsWith(wanted) ? 1 : 0);
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const name of names) {
    if (Math.abs(name.length - wanted.length) > bound) {
      if (wanted.length >= 4 && name.includes(wanted)) found.push({ name, distance: bound });
      continue;
    }
    const distance = alignmentDistance(wanted, name, bound);
    if (distance <= bound) found.push({ name, distance });
  }
  return found
    .sort(
      (a, b) => a.distance - b.distance || begins(b.name) - begins(a.name) || a.name.length - b.name.length || (a.name < b.name ? -1 : 1),
    )
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** More than `bound` where it is more. */
function alignmentDistance(a: string, b: string, bound: number): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let k = 1; k <= b.length; k++) {
      const same = a[i - 1] === b[k - 1];
      let best = Math.min((above[k] ?? 0) + 1, (row[k - 1] ?? 0) + 1, (above[k - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) best = Math.min(best, (before[k - 2] ?? 0) + 1);
      row.push(best);
      least = Math.min(least, best);
    }
    if (least > bound) return bound + 1;
    before = above;
    above = row;
  }
  return above[b.length] ?? bound + 1;
}
