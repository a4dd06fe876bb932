/** Durations and ages in words short enough for a table. */

const STEPS: readonly (readonly [ms: number, suffix: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** The two largest units: "2 h 10 min", "45 s", "0 s". */
export function formatDuration(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000) * 1000);
  const parts: string[] = [];
  for (const [size, suffix] of STEPS) {
    const count = Math.floor(rest / size);
    if (count === 0 && parts.length === 0) continue;
    if (count > 0) parts.push(`${count} ${suffix}`);
    rest -= count * size;
    if (parts.length === 2 || count === 0) break;
  }
  return parts.length === 0 ? "0 s" : parts.join(" ");
}

/** "just now", "3 min ago". */
export function formatAge(atMs: number, nowMs: number): string {
  const age = nowMs - atMs;
  if (age < 5000) return "just now";
  const [largest] = STEPS.filter(([size]) => age >= size);
  return largest === undefined ? "just now" : `${Math.floor(age / largest[0])} ${largest[1]} ago`;
}
