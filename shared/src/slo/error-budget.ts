/** Fraction of events that were good; null without events. */
export const serviceLevel = (good: number, total: number): number | null => (total > 0 ? Math.min(1, Math.max(0, good / total)) : null);

/** What is left of the error budget: 1 untouched, 0 spent, negative overspent; null without events. `objective` in (0, 1). */
export function budgetRemaining(good: number, total: number, objective: number): number | null {
  const level = serviceLevel(good, total);
  return level === null ? null : 1 - (1 - level) / (1 - objective);
}

/** Whether the objective was met over the window; null without events. */
export function compliant(good: number, total: number, objective: number): boolean | null {
  const level = serviceLevel(good, total);
  return level === null ? null : level >= objective;
}
