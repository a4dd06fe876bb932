const STEPS: readonly (readonly [ms: number, suffix: string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** "just now", "40 s ago", "3 min ago". */
export function formatAge(atMs: number, nowMs: number): string {
  const age = nowMs - atMs;
  if (age < 2000) return "just now";
  const largest = STEPS.find(([size]) => age >= size);
  return largest === undefined ? "just now" : `${Math.floor(age / largest[0])} ${largest[1]} ago`;
}
