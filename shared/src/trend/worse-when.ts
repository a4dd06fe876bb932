import { METRIC_NAME } from "../model/labels.ts";
import type { Expr } from "../promql/ast.ts";
import { parseQuery } from "../promql/engine.ts";
import { childrenOf } from "../promql/evaluation/shared-expressions.ts";
import { leftSpine } from "../promql/left-spine.ts";

type Way = "higher" | "lower";

/** Words begin where no letter is before them: `unavailable` is no `available`, `freeze` not `free`, `payload` no `load`; but for
 * what is written as one word with what it is of (`iowait`, `workqueue`, `memused`). */
const WORDS =
  /(?<lower>(?<![a-z])(?:hit_ratio|success|avail(?![a-z])|availab|free(?:able)?(?![a-z])|remaining|expiry|idle|throughput|uptime|up(?![a-z])|headroom))|latenc|error|fail|timeout|(?<![a-z])(?:duration|unavailab|unsuccess|retr(?:y|ie[ds]|ans)|dropped|rejected|miss(?:es|ed)?(?![a-z])|steal(?![a-z])|evict|throttl|pending|utilization|used|(?:over)?load(?:avg)?(?![a-z]|[._]balanc)|restart|saturation|paging)|(?:mem|heap|swap|disk|fs)used|(?<!f)lag(?:s|ging|ged)?(?![a-z])|wait|usage|queue/g;
/** A unit tells where nothing else does, and of how long something takes more than what it is that takes it: `sign_up_seconds`, `order_success_seconds`. */
const TIMED = /_seconds\b/;
const TO_SPARE = /remaining|expiry|uptime|headroom|(?<!to_)(?:idle|free|available)_seconds\b/;
/** Labels that say what is counted; where it came from is no matter of good and bad. */
const STATES = /(?:^|[._])(?:state|mode|outcome|status|result|type|level)$/;
const USE = /usage|utilization|used|_seconds_total/;
const UNUSED = /^(?:free|idle|availab|remaining)/;

/**
 * Which way is bad for a metric, its labels or an expression, told by its words; null when they don't tell. Of a metric the last word says
 * what it is (`success_latency`, `error_free`), labels only as far as they name a state; of a quotient what is divided.
 */
export function worseWhen(text: string): Way | null {
  if (latest?.text !== text) {
    const parsed = parseQuery(text);
    latest = { text, way: parsed.ok ? ofExpr(parsed.value) : ofWords(text) };
  }
  return latest.way;
}

/** Of every series of an answer the same is asked, and a long query takes 50 ms to parse. */
let latest: { readonly text: string; readonly way: Way | null } | null = null;

function ofExpr(expr: Expr): Way | null {
  switch (expr.kind) {
    case "vector_selector":
      return ofSelector(expr.matchers.filter(({ op }) => op === "="));
    case "matrix_selector":
      return ofExpr(expr.selector);
    case "unary":
      return expr.op === "-" ? opposite(ofExpr(expr.expr)) : ofExpr(expr.expr);
    case "aggregate":
      return ofExpr(expr.expr);
    case "binary": {
      const [first] = leftSpine(expr);
      return leftSpine(expr).reduce((way, { op, right }) => way ?? ofRight(op, right), ofExpr(first.left));
    }
    default:
      return childrenOf(expr).reduce<Way | null>((way, child) => way ?? ofExpr(child), null);
  }
}

/** Of `a op b`, where `a` tells nothing. */
function ofRight(op: string, right: Expr): Way | null {
  if (op === "-") return opposite(ofExpr(right));
  return ["+", "*", "and", "or"].includes(op) ? ofExpr(right) : null;
}

function ofSelector(matchers: readonly { readonly name: string; readonly value: string }[]): Way | null {
  const metric = matchers.find(({ name }) => name === METRIC_NAME)?.value ?? "";
  const states = matchers.flatMap(({ name, value }) => (STATES.test(name) ? [value] : []));
  // What is in use when idle is not used.
  if (USE.test(metric) && states.some((state) => UNUSED.test(state))) return "lower";
  return ofWords(metric) ?? states.reduce<Way | null>((way, state) => way ?? ofWords(state), null);
}

function ofWords(words: string): Way | null {
  // As node_exporter has it from the kernel: MemAvailable.
  const text = words.replaceAll(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();
  const last = [...text.matchAll(WORDS)].at(-1);
  const good = last?.groups?.["lower"];
  const timed = TIMED.test(text);
  if (last === undefined) return timed ? "higher" : null;
  return good === undefined || (timed && !TO_SPARE.test(text)) ? "higher" : "lower";
}

const opposite = (way: Way | null): Way | null => (way === null ? null : way === "higher" ? "lower" : "higher");
