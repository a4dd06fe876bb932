import type { AnomalyKind, Judgement } from "../model/anomaly.ts";
import { MODEL } from "./baseline.ts";
import { bounded, constantBand, expectedBand } from "./expected-band.ts";
import { kindName } from "./kind.ts";
import { R } from "./rich/layout.ts";
import { RIPE_STEPS } from "./rich/rich-detector.ts";
import { lastDayMean } from "./rich/drift-test.ts";
import { hourBeyond } from "./rich/hour-range-test.ts";
import { scatterOf } from "./rich/spread-test.ts";
import { C, H, ROW, type Slab } from "./layout.ts";
import { besideMove, hasShares, type Measure, rangeWords } from "./said-values.ts";

export type { Measure } from "./said-values.ts";

const RICH_MODEL = [MODEL.level, MODEL.day, MODEL.week] as const;
const DAY_MS = 86_400_000;
const MOST_TIMES = 1000;

/** The latest step of the series in its own units and in words, its values as `show` has them; null while learning. */
export function judge(
  cells: Float64Array,
  c: number,
  slab: Slab,
  row: number,
  rich: Float64Array | undefined,
  show: Measure,
): Judgement | null {
  const band = expectedBand(cells, c, slab, row, rich);
  if (band === null) return null;
  const { value, expected, lower, upper, score } = band;
  const { f32 } = slab;
  const h = row * ROW;
  const unit = cells[c + C.unit]!;
  const origin = cells[c + C.origin]!;
  // A profile of which no hour has come twice knows no other days.
  const lifeMs = cells[c + C.lastMs]! - cells[c + C.firstMs]!;
  const named = kindName(rich?.[R.lastKind] ?? f32[h + H.lastKind]!);
  const side = value >= expected ? "spike" : "dip";
  const isSpike = named === "spike" || named === "dip";
  // What is expected is the rich tier's, also while the base tier speaks.
  const isOwn = rich !== undefined && rich[R.steps]! > RIPE_STEPS;
  const kind = (isSpike && !isOwn) || (named === "seasonal_break" && lifeMs < DAY_MS) ? side : named;
  // What is expected still goes by the values of a spike that was not told, and whose end is.
  const back = !isSpike || kind === side ? "" : `, as what had ${kind === "spike" ? "risen falls" : "fallen rises"} back`;
  const model = rich === undefined ? f32[h + H.model] : RICH_MODEL[rich[R.model]!];
  const ofDay = model === MODEL.day && lifeMs >= DAY_MS;
  const when = ofDay ? " for this hour" : model === MODEL.week && lifeMs >= 7 * DAY_MS ? " for this hour of the week" : "";
  const usual = `${rangeWords(lower, upper, besideMove(show, expected, value))}${when}`;
  const run = { steps: f32[h + H.runLength]! + 1, ms: f32[h + H.runLength]! * f32[h + H.spacingMs]!, gapMs: f32[h + H.gapMs]! };
  const isScatter = rich !== undefined && kind === "variance_change" && score >= 0.5;
  const scatter = !isScatter ? { now: f32[h + H.spread]!, usual: f32[h + H.usualSpread]! } : scatterOf(rich);
  const spread = { now: scatter.now * unit, usual: scatter.usual * unit };
  const drift = (): string =>
    rich === undefined
      ? `the recent mean of ${show(bounded(origin + f32[h + H.shortMean]! * unit))} is one this series has not had before`
      : driftWords(rich, origin, unit, show);
  const reason =
    score < 0.5
      ? `${show(value)} is within what this series has shown (usual ${usual})`
      : words(kind, value, expected, lower, upper, usual, run, spread, drift, show) + back;
  return { ...band, kind, reason };
}

/** Of a series that has had one value only. */
export function judgeConstant(cells: Float64Array, c: number, show: Measure): Judgement {
  const band = constantBand(cells, c);
  return { ...band, kind: "spike", reason: `${show(band.value)} is the only value this series has had` };
}

/** The same point, seen from some steps later: what came stayed, at about `level`. */
export function asLevelShift(judgement: Judgement, level: number, show: Measure = brief): Judgement {
  const { expected, lower, upper } = judgement;
  const to = bounded(level);
  const usual = rangeWords(lower, upper, besideMove(show, expected, to));
  return { ...judgement, kind: "level_shift", reason: levelWords(to, expected, lower, upper, usual, show) };
}

/** A level may have moved within the range of single values: then what was expected says from where, or how far it is from that. */
function levelWords(level: number, expected: number, lower: number, upper: number, usual: string, measure: Measure): string {
  const show = besideMove(measure, expected, level);
  const [to, from] = [show(level), show(expected)];
  if (level < lower || level > upper) return `the level moved to about ${to} from the usual ${usual}`;
  return to === from
    ? `the level moved by ${show(Math.abs(level - expected))} to about ${to}`
    : `the level moved to about ${to} from the expected ${from}`;
}

/** The same point, by what it turned out to be the beginning of; `now` is the value some steps later. */
export function renamed(judgement: Judgement, kind: AnomalyKind, now: number, show: Measure = brief): Judgement {
  const { value, expected, lower, upper } = judgement;
  const usual = rangeWords(lower, upper, besideMove(show, expected, value));
  switch (kind) {
    case "spike":
    case "dip":
      return { ...judgement, kind: value >= expected ? "spike" : "dip", reason: far(value, expected, lower, upper, usual, show) };
    case "level_shift":
      return asLevelShift(judgement, now, show);
    case "variance_change":
      return { ...judgement, kind, reason: `from ${show(value)} on the values scatter more than usual (usual ${usual})` };
    default: {
      const isWithin = value >= lower && value <= upper;
      const where = isWithin ? `expected ${show(expected)}` : `usual ${usual}`;
      return { ...judgement, kind, reason: `from ${show(value)} on the series is not where it usually is at this time (${where})` };
    }
  }
}

function words(
  kind: AnomalyKind,
  value: number,
  expected: number,
  lower: number,
  upper: number,
  usual: string,
  run: { readonly steps: number; readonly ms: number; readonly gapMs: number },
  spread: { readonly now: number; readonly usual: number },
  drift: () => string,
  show: Measure,
): string {
  switch (kind) {
    case "flatline":
      return `${show(value)} has not changed for ${run.steps} steps (${duration(run.ms)}); this series usually moves`;
    case "variance_change":
      return `the values now scatter by ${show(spread.now)}, usually by ${show(spread.usual)}`;
    case "trend_change":
      return drift();
    case "seasonal_break":
      return `${unusualWords(value, lower, upper, show)} unlike this time on earlier days and weeks (usual ${usual})`;
    case "level_shift":
      return levelWords(value, expected, lower, upper, usual, show);
    case "gap":
      return `no samples arrived for ${duration(run.gapMs)}`;
    default:
      return far(value, expected, lower, upper, usual, show);
  }
}

/** The last hour's mean, where no hour of before had it; else a day's, and by how much it is off from what the days before led to expect. */
function driftWords(rich: Float64Array, origin: number, unit: number, show: Measure): string {
  const at = (own: number): number => bounded(origin + own * unit);
  const hour = hourBeyond(rich);
  if (hour !== null)
    return `the mean of the last hour is ${show(at(hour.mean))} where hours had ${rangeWords(at(hour.low), at(hour.high), show)} so far`;
  const [low, high, last] = [rich[R.lowBefore]!, rich[R.highBefore]!, rich[R.previous]!];
  // Before days are measured by each other, what has gone on from where it was in doubt.
  if (rich[R.driftOff] === 0 && (last < low || last > high))
    return `${show(at(last))} is further than all until this began (${rangeWords(at(low), at(high), show)}), and it has gone on`;
  const mean = at(lastDayMean(rich));
  const off = rich[R.driftOff]! * unit;
  const [is, was] = [show(mean), show(bounded(mean - off))];
  const where =
    is === was
      ? `, ${is}, is ${show(Math.abs(off))} ${off < 0 ? "below" : "above"} what was expected`
      : ` is ${is} where ${was} was expected`;
  return `the mean of the last 24 h${where}`;
}

/** What stands out together need not do so alone. */
function unusualWords(value: number, lower: number, upper: number, show: Measure): string {
  if (value >= lower && value <= upper) return `with ${show(value)} the last values together are`;
  const edge = value < lower ? lower : upper;
  return show(value) === show(edge)
    ? `${show(value)}, ${show(Math.abs(value - edge))} ${value < lower ? "below" : "above"} the usual, is`
    : `${show(value)} is`;
}

function far(value: number, expected: number, lower: number, upper: number, usual: string, measure: Measure): string {
  const show = besideMove(measure, expected, value);
  const times = hasShares(measure) ? value / expected : Number.NaN;
  // Beside so little nobody counts how often.
  if (value > upper && expected > 0 && times < MOST_TIMES) {
    const more = times < 1.1 ? `${brief(100 * (times - 1))}% above` : `${brief(times)}×`;
    return `${show(value)} is ${more} the expected ${show(expected)}, above the usual ${usual}`;
  }
  if (value > upper) return `${show(value)} is ${show(value - upper)} above the usual ${usual}`;
  if (value < lower && value > 0 && times > 0 && expected > 0)
    return `${show(value)} is ${belowWords(100 * (1 - times))}% below the expected ${show(expected)}, under the usual ${usual}`;
  if (value < lower) return `${show(value)} is ${show(lower - value)} below the usual ${usual}`;
  return `${show(value)} is a value this series has not shown before (usual ${usual})`;
}

/** Nothing is 0% below. */
const belowWords = (percent: number): string => (percent >= 1 ? String(Math.round(percent)) : brief(percent));

/** Three significant digits without trailing zeros. */
export function brief(value: number): string {
  const rounded = Number(value.toPrecision(3));
  // The largest numbers have no neighbour of three digits.
  return String(Number.isFinite(rounded) ? rounded : Math.sign(value) * 1.79e308);
}

function duration(ms: number): string {
  if (ms >= 172_800_000) return `${brief(ms / 86_400_000)} d`;
  if (ms >= 7_200_000) return `${brief(ms / 3_600_000)} h`;
  if (ms >= 120_000) return `${brief(ms / 60_000)} min`;
  return `${brief(ms / 1000)} s`;
}
