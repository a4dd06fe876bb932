import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";
import { MAX_TIME } from "@sightline/shared/protocol/timestamp-column";

/** `index` counts the items of the body. */
export interface JsonRejection {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

const KINDS = ["counter", "gauge", "rate", "histogram", "timer", "summary", "unknown"] as const;
type JsonKind = (typeof KINDS)[number];

export interface JsonMetric {
  readonly name: string;
  readonly kind: JsonKind;
  readonly unit: string;
  readonly help: string;
  readonly labels: Labels;
  readonly timestamp: number;
  readonly reading:
    | { readonly form: "value" | "delta"; readonly value: number }
    | { readonly form: "observations"; readonly values: readonly number[] };
}

const MAX_OBSERVATIONS = 10_000;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** Times before 1973 in ms are seconds that somebody forgot to multiply. */
const OLDEST_MS = 1e11;

/** Seconds in one of a timer's unit, as OpenTelemetry (UCUM) and people write it; seconds without one. Symbols keep their case: Ms are megaseconds. */
const SECONDS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ...["ns", "nanosecond", "nanoseconds"].map((unit) => [unit, 1e-9] as const),
  ...["us", "µs", "μs", "microsecond", "microseconds"].map((unit) => [unit, 1e-6] as const),
  ...["ms", "millisecond", "milliseconds"].map((unit) => [unit, 1e-3] as const),
  ...["s", "sec", "secs", "second", "seconds"].map((unit) => [unit, 1] as const),
  ...["min", "m", "minute", "minutes"].map((unit) => [unit, 60] as const),
  ...["h", "hr", "hour", "hours"].map((unit) => [unit, 3600] as const),
]);
/** A word is the same in capitals; a symbol of up to two letters is not. */
const secondsIn = (unit: string): number | undefined => SECONDS.get(unit.length > 2 ? unit.toLowerCase() : unit);

/**
 * One item of the body. Counters get names ending in `_total`, timers are in seconds and end in `_seconds`. Codes:
 * `bad_item`, `bad_name`, `bad_type`, `bad_labels`, `bad_timestamp`, `timestamp_out_of_range`, `bad_value`, `bad_text`,
 * `bad_unit`.
 */
export function readJsonMetric(item: unknown, nowMs: number): Result<JsonMetric> {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return fail("bad_item", "every metric must be an object");
  const fields = item as Readonly<Record<string, unknown>>;
  const { name } = fields;
  if (typeof name !== "string" || !NAME.test(name)) {
    return fail("bad_name", `"name" must be letters, digits, _ and :, not beginning with a digit; it is ${shown(name)}`);
  }
  const kind = KINDS.find((known) => known === (fields["type"] ?? "gauge"));
  if (kind === undefined) return fail("bad_type", `the type of ${name} must be one of ${KINDS.join(", ")}; it is ${shown(fields["type"])}`);
  const unit = fields["unit"] ?? "";
  const help = fields["help"] ?? "";
  if (typeof unit !== "string" || typeof help !== "string") return fail("bad_text", `"unit" and "help" of ${name} must be text`);
  if (unit.length > 128 || help.length > 1024) return fail("bad_text", `"unit" (128) or "help" (1024 characters) of ${name} is too long`);
  const labels = readLabels(name, fields["labels"] ?? {});
  if (!labels.ok) return labels;
  const timestamp = fields["timestamp"] ?? nowMs;
  if (typeof timestamp !== "number" || !Number.isInteger(timestamp) || timestamp < OLDEST_MS) {
    return fail("bad_timestamp", `the timestamp of ${name} must be whole milliseconds since 1970; it is ${shown(fields["timestamp"])}`);
  }
  if (timestamp >= MAX_TIME) {
    const units = "it must be milliseconds since 1970, not micro- or nanoseconds";
    return fail("timestamp_out_of_range", `the timestamp of ${name} is ${timestamp}, thousands of years ahead; ${units}`);
  }
  const reading = readReading(name, kind, fields);
  if (!reading.ok) return reading;
  const seconds = kind === "timer" ? secondsIn(unit) : 1;
  if (seconds === undefined)
    return fail("bad_unit", `the unit of a timer such as ${name} must be ns, us, ms, s, min or h; it is ${shown(unit)}`);
  return ok({
    name: finalName(name, kind),
    kind,
    unit: kind === "timer" ? "seconds" : unit,
    help,
    labels: labels.value,
    timestamp,
    reading: seconds === 1 ? reading.value : scaled(reading.value, seconds),
  });
}

function finalName(name: string, kind: JsonKind): string {
  if (kind === "counter") return name.endsWith("_total") ? name : `${name}_total`;
  if (kind === "timer") return name.endsWith("_seconds") ? name : `${name.replace(/_(ms|milliseconds)$/, "")}_seconds`;
  return name;
}

function readLabels(name: string, given: unknown): Result<Labels> {
  if (typeof given !== "object" || given === null || Array.isArray(given))
    return fail("bad_labels", `"labels" of ${name} must be an object`);
  for (const [label, value] of Object.entries(given)) {
    if (label === METRIC_NAME) return fail("bad_labels", `${METRIC_NAME} of ${name} is given by "name", not by a label`);
    if (typeof value !== "string") return fail("bad_labels", `label ${shown(label)} of ${name} must be text; it is ${shown(value)}`);
    if (!value.isWellFormed()) return fail("bad_labels", `label ${shown(label)} of ${name} is not valid Unicode`);
  }
  return ok(given as Labels);
}

function readReading(name: string, kind: JsonKind, fields: Readonly<Record<string, unknown>>): Result<JsonMetric["reading"]> {
  const forms = (["value", "delta", "observations"] as const).filter((form) => fields[form] !== undefined);
  const form = forms[0];
  if (form === undefined || forms.length > 1) {
    return fail(
      "bad_value",
      `${name} needs exactly one of "value", "delta" and "observations"; it has ${forms.length === 0 ? "none" : forms.join(" and ")}`,
    );
  }
  const observed = kind === "histogram" || kind === "timer" || kind === "summary";
  if (observed !== (form === "observations") && !(kind === "timer" && form === "value")) {
    return fail(
      "bad_value",
      `a ${kind} such as ${name} takes ${observed ? '"observations"' : '"value"'}${kind === "counter" ? ' or "delta"' : ""}, not "${form}"`,
    );
  }
  if (form === "delta" && kind !== "counter") return fail("bad_value", `only counters take "delta"; ${name} is a ${kind}`);
  if (form === "observations" || kind === "timer") {
    const values = form === "observations" ? fields["observations"] : [fields[form]];
    if (!Array.isArray(values) || values.length === 0 || values.length > MAX_OBSERVATIONS) {
      return fail("bad_value", `"observations" of ${name} must be a list of 1 to ${MAX_OBSERVATIONS} numbers`);
    }
    const bad = values.findIndex((value) => !isNumber(value) || (kind === "timer" && value < 0));
    if (bad >= 0)
      return fail(
        "bad_value",
        `observation ${bad} of ${name} must be a finite number${kind === "timer" ? " not below 0" : ""}; it is ${shown(values[bad])}`,
      );
    return ok({ form: "observations", values });
  }
  const value = fields[form];
  if (!isNumber(value)) return fail("bad_value", `"${form}" of ${name} must be a finite number; it is ${shown(value)}`);
  if (kind === "counter" && value < 0) return fail("bad_value", `counters only grow: "${form}" of ${name} is ${value}`);
  return ok({ form, value });
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

const scaled = (reading: JsonMetric["reading"], by: number): JsonMetric["reading"] =>
  reading.form === "observations"
    ? { form: "observations", values: reading.values.map((value) => value * by) }
    : { form: reading.form, value: reading.value * by };

/** What stands there, in a few words; lists and objects may be as large as the body, and as deep. */
function shown(value: unknown): string {
  if (value === undefined) return "missing";
  if (typeof value === "string") return JSON.stringify(value.slice(0, 80)).slice(0, 80);
  return typeof value === "object" && value !== null ? (Array.isArray(value) ? "a list" : "an object") : JSON.stringify(value);
}
