/**
 * Queries by weighted grammar, well typed nine times out of ten. Left out is what 2.42 does not have or does otherwise:
 * see `differential.test.ts`.
 */
import type { Random } from "./random.ts";
import { BOUNDS, INSTANCES, JOBS } from "./series.ts";

const GAUGES = ["temperature", "memory_bytes", "up"];
const COUNTER = "http_requests_total";
/** Multiples of 30 s: at the times that are asked for (7 s past a half minute) no window of a subquery begins on one of its steps. */
const RANGES = ["1m", "2m30s", "5m", "10m", "30m", "1h"];
const OFFSETS = ["30s", "5m", "-5m", "1h"];

const OVER_TIME = ["sum", "avg", "min", "max", "count", "last", "present", "stddev", "stdvar"].map((name) => `${name}_over_time`);
const TRIGONOMETRY = ["asin", "acos", "atan", "asinh", "acosh", "atanh", "sinh", "cosh", "tanh"];
const MATH = ["abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "deg", "rad", ...TRIGONOMETRY];
const REPLACEMENTS = ["$1-x", "", "fixed", "${1}_$2", "${first}.$1", "$$1", "$10", "$9"];
const PATTERNS = ["(.*)", "a(.*)", "none", "(?P<first>.)(.*)", "(a|d)?(.+)", "[a-z]+", "", "(?i:A.*)"];
const CALENDAR = ["minute", "hour", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "month", "year"];
/** Between scalars `atan2` is generated too. */
const ARITHMETIC = ["+", "-", "*", "/", "%", "^"];
const COMPARISON = ["==", "!=", ">", "<", ">=", "<="];

export class Grammar {
  readonly #random: Random;
  /** Seconds; for `@`. */
  readonly #start: number;
  readonly #end: number;
  #inSubquery = false;

  constructor(random: Random, startMs: number, endMs: number) {
    this.#random = random;
    this.#start = Math.floor(startMs / 1000);
    this.#end = Math.floor(endMs / 1000);
  }

  query(): string {
    const r = this.#random;
    return r.weighted([
      [80, () => this.vector(3)],
      [8, () => this.scalar(3)],
      [2, () => `${r.pick(CALENDAR)}(${this.vector(2)})`],
      [4, () => `sort${r.chance(0.5) ? "_desc" : ""}(${this.vector(1)})`],
      [8, () => this.#broken()],
    ]);
  }

  #matchers(name: string): string {
    const r = this.#random;
    const parts: string[] = [];
    if (r.chance(0.4))
      parts.push(
        r.weighted<string>([
          [4, () => `job="${r.pick(JOBS)}"`],
          [1, () => `job!="${r.pick(JOBS)}"`],
          [1, () => `job=~"${r.pick(["a.*", ".+b", "api|db", ".*", "nothing"])}"`],
          [1, () => `job!~"${r.pick(["a.*", "(web|db)"])}"`],
        ]),
      );
    if (name !== "latency_seconds_bucket" && r.chance(0.3)) parts.push(`instance="${r.pick(INSTANCES)}"`);
    if (name === COUNTER && r.chance(0.3)) parts.push(`code${r.pick(["=", "!=", "=~"])}"${r.pick(["200", "500", "4..", ""])}"`);
    if (name === "latency_seconds_bucket" && r.chance(0.2)) parts.push(`le="${r.pick(BOUNDS)}"`);
    return parts.length === 0 ? "" : `{${parts.join(",")}}`;
  }

  #modifiers(): string {
    const r = this.#random;
    const at = r.chance(0.05)
      ? ` @ ${r.pick(["start()", "end()", String(this.#start + 30 * r.below((this.#end - this.#start) / 30) + 7)])}`
      : "";
    return at + (r.chance(0.12) ? ` offset ${r.pick(OFFSETS)}` : "");
  }

  #metric(counter: boolean): string {
    const r = this.#random;
    const name = counter
      ? r.pick([COUNTER, COUNTER, "latency_seconds_bucket"])
      : r.pick([...GAUGES, COUNTER, "build_info", "absent_metric"]);
    return name + this.#matchers(name);
  }

  /** Subqueries are not nested: the windows of the inner one would begin on its steps. */
  #range(depth: number, counter: boolean): string {
    const r = this.#random;
    if (depth <= 0 || this.#inSubquery || r.chance(0.85)) return `${this.#metric(counter)}[${r.pick(RANGES)}]${this.#modifiers()}`;
    this.#inSubquery = true;
    // Counters here too start far from zero.
    const inner = counter ? this.#metric(true) : this.vector(depth - 1);
    this.#inSubquery = false;
    return `(${inner})[${r.pick(["5m", "10m", "30m"])}:${r.pick(["30s", "1m", "2m", ""])}]${this.#modifiers()}`;
  }

  scalar(depth: number): string {
    const r = this.#random;
    if (depth <= 0) return this.#number();
    return r.weighted<string>([
      [5, () => this.#number()],
      [1, () => "time()"],
      [1, () => "pi()"],
      [2, () => `scalar(${this.vector(depth - 1)})`],
      [2, () => `${this.scalar(depth - 1)} ${r.pick([...ARITHMETIC, "atan2"])} ${this.scalar(depth - 1)}`],
      [1, () => `${this.scalar(depth - 1)} ${r.pick(COMPARISON)} bool ${this.scalar(depth - 1)}`],
      [1, () => `-(${this.scalar(depth - 1)})`],
    ]);
  }

  #number(): string {
    const r = this.#random;
    return r.pick(["0", "1", "2", "0.5", "3.25", "100", "1e3", "0x1F", "-1", "Inf", "NaN", String(r.below(1000) / 8)]);
  }

  #labels(): string {
    const r = this.#random;
    return r.pick(["job", "instance", "job, instance", "code", "", "le", "job, code", "missing"]);
  }

  vector(depth: number): string {
    const r = this.#random;
    const inner = (): string => this.vector(depth - 1);
    if (depth <= 0) return `${this.#metric(false)}${this.#modifiers()}`;
    return r.weighted<string>([
      [8, () => `${this.#metric(r.chance(0.3))}${this.#modifiers()}`],
      [14, () => `${r.pick(["rate", "increase", "irate"])}(${this.#range(depth, true)})`],
      [4, () => `${r.pick(["delta", "idelta", "deriv", "changes", "resets"])}(${this.#range(depth, false)})`],
      [10, () => `${r.pick(OVER_TIME)}(${this.#range(depth, r.chance(0.2))})`],
      [3, () => `quantile_over_time(${r.pick(["0", "0.1", "0.5", "0.99", "1", "2"])}, ${this.#range(depth, false)})`],
      [2, () => `predict_linear(${this.#metric(false)}[${r.pick(RANGES)}], ${r.pick(["60", "3600", "-600"])})`],
      [2, () => `holt_winters(${this.#range(0, false)}, ${r.pick(["0.3", "0.8"])}, ${r.pick(["0.1", "0.6"])})`],
      [2, () => `absent_over_time(${this.#range(0, false)})`],
      [2, () => `absent(${inner()})`],
      [6, () => `${r.pick(MATH)}(${inner()})`],
      // Of small numbers only: of large ones they tell nothing but the last bits.
      [1, () => `${r.pick(["sin", "cos", "tan"])}(temperature${this.#matchers("temperature")})`],
      [2, () => this.#calendar(depth)],
      [1, () => `${this.#calendar(depth)} ${r.pick(COMPARISON)}${r.chance(0.5) ? " bool" : ""} ${r.below(32)}`],
      [2, () => `round(${inner()}${r.chance(0.5) ? `, ${r.pick(["0.1", "5", "0.25"])}` : ""})`],
      [2, () => `clamp_${r.pick(["min", "max"])}(${inner()}, ${this.scalar(1)})`],
      [1, () => `clamp(${inner()}, ${this.scalar(1)}, ${this.scalar(1)})`],
      [2, () => this.#timestamp(depth)],
      [1, () => `vector(${this.scalar(depth - 1)})`],
      [16, () => this.#aggregate(depth)],
      [10, () => this.#binary(depth)],
      [4, () => `${inner()} ${r.pick([...ARITHMETIC, ...COMPARISON, ...COMPARISON.map((op) => `${op} bool`)])} ${this.scalar(1)}`],
      [2, () => `${this.scalar(1)} ${r.pick([...ARITHMETIC, ...COMPARISON])} ${inner()}`],
      [2, () => `-${inner()}`],
      [2, () => `(${inner()})`],
      [3, () => `histogram_quantile(${r.pick(["0.5", "0.9", "0.99", "1", "-1"])}, ${this.#buckets()})`],
      [
        2,
        () =>
          `label_replace(${inner()}, "${r.pick(["new", "job", "instance"])}", "${r.pick(REPLACEMENTS)}", "${r.pick(["job", "job", "missing"])}", "${r.pick(PATTERNS)}")`,
      ],
      [1, () => `label_join(${inner()}, "new", "-", "job", "instance")`],
    ]);
  }

  /** A selector with `@` gets no offset besides: it would be lost there. */
  #timestamp(depth: number): string {
    const inner = this.vector(depth - 1);
    return `timestamp(${/^[^()]* @ \S+(\(\))? offset \S+$/.test(inner) ? inner.replace(/ offset \S+$/, "") : inner})`;
  }

  /** Of times that calendars hold, so that what follows may compare it: of others `query` asks for the parts alone. */
  #calendar(depth: number): string {
    const r = this.#random;
    const time = r.weighted<string>([
      [3, () => ""],
      [3, () => this.#timestamp(depth)],
      [2, () => `memory_bytes${this.#matchers("memory_bytes")}`],
      [2, () => `vector(time() ${r.pick(["+", "-"])} ${r.below(400) * 86_399})`],
      [1, () => `vector(${r.below(200) - 100} * 31556952)`],
      [1, () => `count by (job) (${this.vector(depth - 1)}) * 2678400`],
    ]);
    return `${r.pick(CALENDAR)}(${time})`;
  }

  #buckets(): string {
    const r = this.#random;
    const rate = `rate(latency_seconds_bucket[${r.pick(["5m", "10m"])}])`;
    return r.pick([rate, `sum by (le) (${rate})`, `sum by (job, le) (${rate})`, "latency_seconds_bucket", `sum by (job) (${rate})`]);
  }

  #aggregate(depth: number): string {
    const r = this.#random;
    const grouping = r.chance(0.75) ? ` ${r.pick(["by", "without"])} (${this.#labels()}) ` : "";
    const over = this.vector(depth - 1);
    return r.weighted<string>([
      [12, () => `${r.pick(["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"])}${grouping}(${over})`],
      [2, () => `quantile${grouping}(${r.pick(["0", "0.25", "0.9", "1", "-1"])}, ${over})`],
      // Values of this gauge are never equal, so there are no ties to choose from.
      [3, () => `${r.pick(["topk", "bottomk"])}${grouping}(${r.pick(["1", "2", "5", "0"])}, temperature${this.#matchers("temperature")})`],
      [1, () => `count_values${grouping}("value", ${r.pick(["up", "build_info", "changes(up[5m])"])})`],
    ]);
  }

  #binary(depth: number): string {
    const r = this.#random;
    const left = this.vector(depth - 1);
    const right = this.vector(depth - 1);
    const op = r.pick([...ARITHMETIC, ...COMPARISON, ">", "/", "+"]);
    return r.weighted<string>([
      [3, () => `${left} ${op} ${right}`],
      [4, () => `${left} ${op} ${r.pick(["on", "ignoring"])} (${this.#labels()}) ${right}`],
      [3, () => `temperature ${op} on (job, instance) ${r.pick(["memory_bytes", "up"])}`],
      [4, () => `${r.pick([COUNTER, `rate(${COUNTER}[5m])`])} ${op} on (job) group_left ${r.pick(["", "(version)"])} build_info`],
      [2, () => `build_info ${op} on (job) group_right () ${r.pick(["temperature", "memory_bytes"])}`],
      [2, () => `sum by (job) (${left}) ${op} sum by (job) (${right})`],
      [
        4,
        () =>
          `${left} ${r.pick(["and", "or", "unless"])} ${r.chance(0.5) ? `${r.pick(["on", "ignoring"])} (${this.#labels()}) ` : ""}${right}`,
      ],
    ]);
  }

  #broken(): string {
    const r = this.#random;
    return r.weighted<string>([
      [1, () => `rate(${this.#metric(true)})`],
      [1, () => `sum(${this.#number()})`],
      [1, () => `${this.#metric(false)}[5m] + 1`],
      [1, () => `no_such_function(${this.vector(1)})`],
      [1, () => `sum(${this.vector(1)}`],
      [1, () => `${this.vector(1)} and ${this.#number()}`],
      [1, () => "1 > 2"],
      [1, () => `topk(${this.vector(1)}, ${this.vector(1)})`],
      [1, () => `${this.vector(1)} + bool ${this.vector(1)}`],
      [1, () => `{job=~".*"}`],
      [1, () => `up{job=~"("}`],
      [1, () => `clamp(${this.vector(1)})`],
      [1, () => `${this.vector(1)} offset 5m offset 5m`],
      [1, () => `sum by (job (${this.vector(1)}))`],
      [1, () => `${this.vector(1)} or on (job) group_left () up`],
      [1, () => `up @ end`],
      [1, () => `abs("text")`],
      [1, () => `up[5m:`],
      [1, () => `up[0s]`],
      [1, () => `${this.#metric(false)} = 5`],
      [1, () => `"text" + 1`],
      [1, () => `${this.vector(1)} /`],
      [1, () => `up{job="a",}}`],
    ]);
  }
}
