import { TextNumbers } from "@sightline/shared/encoding/text-numbers";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import { type BatchSeries, isStaleAt } from "@sightline/shared/model/sample";
import { compareText } from "@sightline/shared/model/text-order";
import { formatFloatShort } from "@sightline/shared/promql/json/float-format";
import { Pace, SERIES_NS, sortStepwise } from "@sightline/shared/promql/evaluation/pace";
import { budgetOf, openSelector } from "@sightline/shared/promql/parse/metric-selector";
import { batches } from "../export/export-stream.ts";
import { escapedNames } from "../export/escaped-names.ts";
import { familyText, seriesText } from "../export/prometheus-text.ts";
import { encodeUtf8 } from "@sightline/shared/encoding/utf8";
import { inSteps } from "../query/query-source.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { unwrap } from "./http-failure.ts";
import { letOthersIn } from "./let-others-in.ts";
import { type Shard, shardsOf } from "./shards.ts";
import { wholeAnswer } from "./whole-answer.ts";

const MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";
/** Names in quotes, for who reads them. */
const UTF8_MEDIA_TYPE = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
const LOOKBACK_MS = 300_000;
/** Characters that are encoded together. */
const PIECE = 65_536;

interface Newest {
  readonly name: string;
  readonly text: string;
  readonly t: number;
  readonly value: number;
}

/** Whether a scraper takes names of any UTF-8, as Prometheus 3 says; others are told them with underscores. */
const takesUtf8 = (accept: string | undefined): boolean =>
  (accept ?? "").split(",").some((one) => /^\s*text\/plain\b/i.test(one) && /;\s*escaping=allow-utf-8\b/i.test(one));

/** The newest sample of a series; null when it is a stale marker or a native histogram, which this format has no words for. */
function newestOf({ labels, timestamps, values, histograms }: BatchSeries, utf8: boolean): Newest | null {
  const last = timestamps.length - 1;
  if (last < 0 || histograms?.[last] !== undefined) return null;
  const value = values[last] ?? 0;
  if (isStaleAt(values, last)) return null;
  // A series without an instance gets an empty one, so that the scraper's own is not put onto it.
  const whole = labels["instance"] === undefined ? { ...labels, instance: "" } : labels;
  const told = utf8 ? whole : escapedNames(whole);
  return { name: told[METRIC_NAME] ?? "", text: seriesText(told, ""), t: timestamps[last] ?? 0, value };
}

/** The newest samples of what `matchers` match, series by series. */
async function gather(shards: readonly Shard[], matchers: readonly string[], utf8: boolean, pace: Pace): Promise<Newest[]> {
  const now = Date.now();
  const query = { matchers, startMs: now - LOOKBACK_MS + 1, endMs: now, limit: 0 };
  const texts = new TextNumbers(Math.random() * 2 ** 32);
  const found: Newest[] = [];
  for await (const batch of batches(shards, query, unwrap, letOthersIn)) {
    for (const series of batch.series) {
      const newest = newestOf(series, utf8);
      if (newest !== null) {
        const number = texts.of(newest.text);
        if (newest.t > (found[number]?.t ?? -Infinity)) found[number] = newest;
      }
      if (pace.spend(2 * SERIES_NS)) await letOthersIn();
    }
  }
  return found;
}

/** Family by family. */
async function written(found: readonly Newest[], pace: Pace): Promise<Uint8Array<ArrayBuffer>[]> {
  const sorting = sortStepwise(found, (a, b) => compareText(a.name, b.name), pace);
  const sorted = await inSteps(sorting, letOthersIn);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let text = "";
  let family = "";
  for (const { name, text: series, t, value } of sorted) {
    if (name !== family) text += `# TYPE ${familyText(name)} untyped\n`;
    family = name;
    text += `${series} ${formatFloatShort(value === 0 ? 0 : value)} ${t}\n`;
    if (pace.spend(SERIES_NS)) await letOthersIn();
    if (text.length < PIECE) continue;
    pieces.push(encodeUtf8(text));
    text = "";
  }
  pieces.push(encodeUtf8(text));
  return pieces;
}

/** What other Prometheus servers scrape: the newest sample of every series that a selector matches, with its own time. */
export function federateRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/federate",
      role: "viewer",
      summary: "Newest samples in Prometheus's text format, for federation",
      parameters: { "match[]": "Selector; several are a union" },
    },
    async ({ c, principal, parameters }) => {
      const asked = parameters.all("match[]");
      const expressions = budgetOf(asked);
      const matchers = asked.map((text) => unwrap(openSelector(text, expressions))).filter((text) => text !== null);
      const utf8 = takesUtf8(c.req.header("accept"));
      const headers = { "content-type": utf8 ? UTF8_MEDIA_TYPE : MEDIA_TYPE };
      // Nothing is asked for, as in Prometheus.
      if (matchers.length === 0) return new Response("", { headers });
      const shards = await shardsOf(c.env, principal.project);
      const body = await wholeAnswer(async () => {
        const pace = new Pace();
        return written(await gather(shards, matchers, utf8, pace), pace);
      });
      return new Response(body, { headers });
    },
  );
}
