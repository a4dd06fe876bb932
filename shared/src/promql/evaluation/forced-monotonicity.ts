/** What is told of classic histograms whose counts fall from bucket to bucket (Prometheus `histogramQuantileForcedMonotonicityErr`). */
import { formatFloatShort } from "../json/float-format.ts";

export interface Forced {
  /** Bounds of the lowest and the highest bucket that was raised. */
  readonly least: number;
  readonly most: number;
  readonly difference: number;
  /** Results that were told. */
  readonly samples: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export const mergeForced = (a: Forced, b: Forced): Forced => ({
  least: Math.min(a.least, b.least),
  most: Math.max(a.most, b.most),
  difference: Math.max(a.difference, b.difference),
  samples: a.samples + b.samples,
  fromMs: Math.min(a.fromMs, b.fromMs),
  toMs: Math.max(a.toMs, b.toMs),
});

/** Go's `%.2g`. */
function twoDigits(value: number): string {
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(1) : value.toPrecision(2);
  const [mantissa = "", exponent] = text.split("e");
  const digits = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? digits : `${digits}e${exponent[0] ?? "+"}${exponent.slice(1).padStart(2, "0")}`;
}

const dateText = (ms: number): string => `${new Date(Math.trunc(ms / 1000) * 1000).toISOString().slice(0, 19)}Z`;

export const forcedText = ({ least, most, difference, samples, fromMs, toMs }: Forced): string =>
  `, from buckets ${formatFloatShort(least)} to ${formatFloatShort(most)}, with a max diff of ${twoDigits(difference)}, over ${samples} samples from ${dateText(fromMs)} to ${dateText(toMs)}`;

const TOLD = /^(.*), from buckets (\S+) to (\S+), with a max diff of (\S+), over (\d+) samples from (\S+Z) to (\S+Z)( \(\d+:\d+\))?$/;

const numberOf = (text: string | undefined): number => Number((text ?? "").replace("Inf", "Infinity"));

/** The infos of several parts of one range: what they tell of the same histograms as one. */
export function joinForced(infos: Iterable<string>): string[] {
  const joined = new Map<string, { readonly before: string; readonly place: string; readonly forced: Forced }>();
  const others = new Set<string>();
  for (const info of infos) {
    const told = TOLD.exec(info);
    if (told === null) {
      others.add(info);
      continue;
    }
    const [, before = "", least, most, difference, samples, from = "", to = "", place = ""] = told;
    const forced = {
      least: numberOf(least),
      most: numberOf(most),
      difference: numberOf(difference),
      samples: Number(samples),
      fromMs: Date.parse(from),
      toMs: Date.parse(to),
    };
    const known = joined.get(before + place);
    joined.set(before + place, { before, place, forced: known === undefined ? forced : mergeForced(known.forced, forced) });
  }
  return [...others, ...[...joined.values()].map(({ before, place, forced }) => `${before}${forcedText(forced)}${place}`)];
}
