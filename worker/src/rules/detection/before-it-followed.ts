import { asLevelShift, type Measure } from "@sightline/shared/anomaly/reason";
import type { Judgement } from "@sightline/shared/model/anomaly";
import type { BandPoint } from "./band-memory.ts";

/** A shift is mostly told within so many steps. */
const STEPS_BACK = 12;

/**
 * A shift of the level that is told some steps after it came, held against what was expected before: by then the baseline has gone part of the
 * way to the new level, and nobody has seen the series there. `said`: the series' steps up to this one, the oldest first.
 */
export function beforeItFollowed(judgement: Judgement, said: Iterable<BandPoint> | null, show?: Measure): Judgement {
  if (judgement.kind !== "level_shift" || said === null) return judgement;
  const before = [...said].filter(({ t }) => t < judgement.t).at(-STEPS_BACK);
  if (before === undefined) return judgement;
  const { expected, lower, upper } = before;
  const outside = judgement.expected < lower || judgement.expected > upper;
  const onTheWay = (judgement.expected - expected) * (judgement.value - judgement.expected) > 0;
  return outside && onTheWay ? asLevelShift({ ...judgement, expected, lower, upper }, judgement.value, show) : judgement;
}
