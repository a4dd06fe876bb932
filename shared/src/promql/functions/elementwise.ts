/** Functions of one float at a time; histograms are passed over. */
const rad = Math.PI / 180;

export const ELEMENTWISE: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  acos: Math.acos,
  acosh: Math.acosh,
  asin: Math.asin,
  asinh: Math.asinh,
  atan: Math.atan,
  atanh: Math.atanh,
  ceil: Math.ceil,
  cos: Math.cos,
  cosh: Math.cosh,
  deg: (x) => (x * 180) / Math.PI,
  exp: Math.exp,
  floor: Math.floor,
  ln: Math.log,
  log10: Math.log10,
  log2: Math.log2,
  rad: (x) => x * rad,
  sgn: (x) => (x < 0 ? -1 : x > 0 ? 1 : x),
  sin: Math.sin,
  sinh: Math.sinh,
  sqrt: Math.sqrt,
  tan: Math.tan,
  tanh: Math.tanh,
};

/** The calendar repeats itself every 400 years. */
const CYCLE_S = 146_097 * 86_400;

/** The part of a time that lies in the first cycle from 1970 on, s; NaN for what Go's integers do not hold. */
function withinCycle(seconds: number): number {
  const rest = Math.abs(seconds) < 2 ** 63 ? Math.trunc(seconds) % CYCLE_S : Number.NaN;
  return rest < 0 ? rest + CYCLE_S : rest;
}

/** Within the years that a Date can tell. */
const utc = (seconds: number): Date => new Date(withinCycle(seconds) * 1000);

/** Parts of a time in UTC, from seconds since the epoch. */
export const CALENDAR: Readonly<Record<string, (x: number) => number>> = {
  minute: (x) => utc(x).getUTCMinutes(),
  hour: (x) => utc(x).getUTCHours(),
  day_of_week: (x) => utc(x).getUTCDay(),
  day_of_month: (x) => utc(x).getUTCDate(),
  day_of_year: (x) => {
    const date = utc(x);
    return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
  },
  days_in_month: (x) => {
    const date = utc(x);
    return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  },
  month: (x) => utc(x).getUTCMonth() + 1,
  year: (x) => utc(x).getUTCFullYear() + 400 * Math.round((Math.trunc(x) - withinCycle(x)) / CYCLE_S),
};

/** Rounds to the nearest multiple; ties up. */
export function roundTo(x: number, multiple: number): number {
  const inverse = 1 / multiple;
  return Math.floor(x * inverse + 0.5) / inverse;
}

/** Go's math.Max and math.Min: an infinity wins over NaN. */
export const goMax = (a: number, b: number): number => (a === Infinity || b === Infinity ? Infinity : Math.max(a, b));
export const goMin = (a: number, b: number): number => (a === -Infinity || b === -Infinity ? -Infinity : Math.min(a, b));
