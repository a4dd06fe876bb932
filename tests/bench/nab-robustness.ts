/**
 * The detector on nineteen copies of each of NAB's labelled series (nab-copies.ts): the standard score of each copy at the fixed threshold, their mean, and the
 * mean with the threshold of each category chosen on the others. Usage: npm run bench:nab -- --copies NAB'S-FOLDER [--tier rich|base]
 */
import { SUSPECT } from "@sightline/shared/anomaly/alarm-gate";
import { createDetectorBank } from "@sightline/shared/anomaly/detector-bank";
import { type LabelledSeries, copiesOf, labelledSeries } from "./nab-copies.ts";
import { worthOf } from "./nab-score.ts";

/** Of the score, with the fixed one among them. */
const THRESHOLDS = [0.2, 0.22, 0.24, 0.26, 0.28, 0.29, SUSPECT, 0.31, 0.32, 0.34, 0.36, 0.38, 0.4, 0.43, 0.46];
/** Scores are kept in singles. */
const ROUNDING = 1e-5;

export interface Robustness {
  readonly bench: "nab-copies";
  readonly tier: string;
  readonly copies: Readonly<Record<string, number>>;
  readonly mean: number;
  readonly thresholdWithoutCategory: number;
  readonly falseAlarmsPerCopy: number;
}

function suspicions(series: LabelledSeries, rich: boolean): Float64Array {
  const bank = createDetectorBank();
  const slot = bank.add();
  if (rich) bank.enrich(slot);
  return series.values.map((value, i) => {
    const score = bank.observe(slot, series.times[i] ?? 0, value);
    return score < 0 ? score : bank.suspicion(slot);
  });
}

const percent = (gained: number, possible: number): number => +((100 * gained) / possible).toFixed(2);

export function robustness(nab: string, tier: "rich" | "base"): Robustness {
  const byCategory = new Map<string, { gained: number[]; possible: number }>();
  const copies: Record<string, number> = {};
  let [gained, possible, falseAlarms, count] = [0, 0, 0, 0];
  for (const copy of copiesOf(labelledSeries(nab))) {
    let [ofCopy, possibleOfCopy] = [0, 0];
    for (const series of copy.series) {
      const scores = suspicions(series, tier === "rich");
      const category = byCategory.get(series.category) ?? { gained: THRESHOLDS.map(() => 0), possible: 0 };
      byCategory.set(series.category, category);
      THRESHOLDS.forEach((threshold, t) => {
        const worth = worthOf(series, scores, threshold - ROUNDING);
        category.gained[t] = (category.gained[t] ?? 0) + worth.gained;
        if (threshold !== SUSPECT) return;
        category.possible += worth.possible;
        ofCopy += worth.gained;
        possibleOfCopy += worth.possible;
        falseAlarms += worth.falseAlarms;
      });
    }
    copies[copy.name] = percent(ofCopy, possibleOfCopy);
    gained += ofCopy;
    possible += possibleOfCopy;
    count++;
  }
  const held = [...byCategory].reduce((sum, [name, { gained: own }]) => {
    const others = THRESHOLDS.map((_, t) =>
      [...byCategory].reduce((all, [other, { gained: its }]) => all + (other === name ? 0 : (its[t] ?? 0)), 0),
    );
    return sum + (own[others.indexOf(Math.max(...others))] ?? 0);
  }, 0);
  return {
    bench: "nab-copies",
    tier,
    copies,
    mean: percent(gained, possible),
    thresholdWithoutCategory: percent(held, possible),
    falseAlarmsPerCopy: Math.round(falseAlarms / count),
  };
}
