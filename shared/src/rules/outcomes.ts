/** The newest outcomes of a condition as bits of an integer, the latest lowest: what "M of the last N" counts. */
import type { MOfN } from "../model/rule.ts";

export const withOutcome = (bits: number, { n }: MOfN, breached: boolean): number =>
  ((bits << 1) | (breached ? 1 : 0)) & ((2 ** n - 1) | 0);

export function reaches(bits: number, { m }: MOfN): boolean {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count >= m;
}
