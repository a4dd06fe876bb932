import { formatMetricValue } from "../format/metric-value.ts";
import { spokenDuration } from "../model/duration.ts";
import type { Trend } from "../model/trend.ts";

const WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const HOUR = 3_600_000;

/** A slope is told for about as long as it was seen: nobody knows of 50 s what they come to in an hour. `perHour`: how much of an hour it is. */
const SCALES = [
  { belowMs: HOUR / 4, an: "a minute", perHour: 1 / 60 },
  { belowMs: 6 * HOUR, an: "an hour", perHour: 1 },
];
const DAILY = { an: "a day", perHour: 24 };

/** A trend in sentences. `unit`: as declared, "" for that of the name; `magnitude`: of a typical value, in the series' unit. */
export function describeTrend(
  trend: Omit<Trend, "summary">,
  { name, unit, magnitude }: { name: string; unit: string; magnitude: number },
): string {
  const show = (value: number): string => formatMetricValue(name, unit, value);
  const span = trend.endMs - trend.startMs;
  const { an, perHour } = SCALES.find(({ belowMs }) => span < belowMs) ?? DAILY;
  const [value, lower, upper] = [
    trend.slope.perHour.value * perHour,
    trend.slope.perHour.lower * perHour,
    trend.slope.perHour.upper * perHour,
  ];
  const share = magnitude > 0 ? ` (${Number(((100 * Math.abs(value)) / magnitude).toPrecision(2))}% of its typical value)` : "";
  const interval = `95% interval ${show(lower)} to ${show(upper)} ${an}`;
  const sentences: string[] = [];
  if (trend.direction === "rising" || trend.direction === "falling")
    sentences.push(
      `${trend.direction === "rising" ? "Rising" : "Falling"} by ${show(Math.abs(value))} ${an}${share}; ${interval}, R² ${trend.r2.toFixed(2)}.`,
    );
  else if (trend.direction === "steady") sentences.push(`Steady over ${spokenDuration(span)}; ${interval}.`);
  else sentences.push(`No clear trend over ${spokenDuration(span)}: ${interval}.`);
  sentences.push(`It is ${trend.volatility.class}: values waver by about ${Number((100 * trend.volatility.ratio).toPrecision(2))}%.`);
  if (trend.seasons.length > 0) sentences.push(`Repeats ${seasonNames(trend)}${peaksOf(trend)}.`);
  const last = trend.changePoints.at(-1);
  if (last !== undefined) {
    const times = trend.changePoints.length === 1 ? "Changed once" : `Changed ${trend.changePoints.length} times, last`;
    const how =
      last.kind === "level"
        ? `from ${show(last.before)} to ${show(last.after)}`
        : `its slope from ${show(last.slopeBefore * perHour)} to ${show(last.slopeAfter * perHour)} ${an}`;
    sentences.push(`${times} at ${new Date(last.t).toISOString().slice(0, 16)}Z, ${how}.`);
  }
  return sentences.join(" ");
}

/** The shortest first. */
const seasonNames = ({ seasons }: Pick<Trend, "seasons">): string =>
  seasons
    .toSorted((a, b) => a.periodMs - b.periodMs)
    .map(({ periodMs }) => `every ${periodName(periodMs)}`)
    .join(" and ");

const periodName = (ms: number): string => {
  if (Math.abs(ms / (24 * HOUR) - 1) < 0.02) return "day";
  if (Math.abs(ms / (168 * HOUR) - 1) < 0.02) return "week";
  if (Math.abs(ms / HOUR - 1) < 0.02) return "hour";
  return spokenDuration(ms);
};

function peaksOf({ peakHours, peakWeekdays }: Pick<Trend, "peakHours" | "peakWeekdays">): string {
  const days = peakWeekdays.map((day) => WEEKDAYS[day] ?? "");
  const hours = peakHours.map((hour) => `${String(hour).padStart(2, "0")}:00`);
  const parts = [...(days.length > 0 ? [days.join(", ")] : []), ...(hours.length > 0 ? [`${hours.join(", ")} UTC`] : [])];
  return parts.length === 0 ? "" : `, highest at ${parts.join(", ")}`;
}
