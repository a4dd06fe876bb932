import type { AnomalyKind, Judgement } from "@sightline/shared/model/anomaly";
import { METRIC_NAME, type Labels } from "@sightline/shared/model/labels";
import { type MetricMetadata, type MetricType, unitOf } from "@sightline/shared/model/metric";
import { judgedBy } from "./counter-series.ts";
import { isTime } from "./time-value.ts";
import { SUFFERED } from "./worse-since-deploy.ts";

interface Floors {
  /** Of a gauge's value or a histogram's mean. */
  readonly value: number;
  /** Of a counter's rate a second. */
  readonly rate: number;
}

/**
 * The least change worth telling a person, by unit: a share that goes from nothing to a few hundredths may be thousands
 * of its usual spreads away and still be nobody's news.
 */
const FLOORS: ReadonlyMap<string, Floors> = new Map(
  Object.entries({
    ratio: { value: 0.05, rate: 0.05 },
    percent: { value: 5, rate: 5 },
    bytes: { value: 16 * 1_048_576, rate: 262_144 },
    seconds: { value: 0.005, rate: 0.05 },
    packets: { value: 100, rate: 100 },
  }),
);

/** Of a metric whose unit is not known: news unless it goes from nothing to little. One of something is little, and so is one in ten seconds. An order every other minute is something. */
const NOTHING: Floors = { value: 0.05, rate: 1 / 120 };
const LITTLE: Floors = { value: 1, rate: 0.1 };

/** A share of what was expected that nobody sees in a chart, of what has no share or size of its own. */
const LEAST = 0.01;

/** Seconds. */
const SHORTEST = 0.001;

/** Where there is at least this share of a floor, a change by this share of it is worth telling however small the floor has it. */
const SOME = 0.2;
const MUCH = 0.5;

/**
 * What agent, SDK, Prometheus's scrapes and exporters say of their own measuring: judged like everything, told by rules and not by insights. What an
 * exporter's collector takes, in µs, is nothing that its host did. What the OpenTelemetry Collector's exporters queue and fail to send is news.
 */
const OWN =
  /^(?:sightline_(?:agent|sdk)_|promhttp_metric_handler_|[a-z]+_(?:exporter_(?:\w*scrape|collector|build|config)|scrape_collector_)|scrape_(?:duration|samples|series|body|timeout)_)/;

/** A share by its name, where no unit is declared and it is of at most one: Micrometer's CPU usage. */
const SHARE = /(?:^|_)(?:usage|utili[sz]ation|ratio|share|fraction|occupancy|saturation)(?:_|$)/;

/** A bucket of a classic histogram says nothing that its count and sum do not, and there are dozens. */
const BUCKET = /_bucket$/;

/**
 * Times at which something happened and how long it has been up, by the names that Prometheus's exporters, OpenTelemetry and our agent give
 * them: they go on like a clock and are set back by every restart, which is told by whatever it does to others.
 */
const CLOCK = /(?:^|_)(?:uptime(?:_since_\w+)?|timestamp|(?:start|boot|creation|last_\w+)_time)(?:_(?:milli)?seconds)?(?:_total)?$/;

/** Whether anomalies of a metric are told at all. */
export const isTold = (name: string, type: MetricType = "unknown"): boolean =>
  !OWN.test(name) && !CLOCK.test(name) && (type === "gauge" || !BUCKET.test(name));

/** Whether a judged point is worth telling: of a metric that people watch, and different enough from what was expected. `by`: what is judged of it. */
export function isNoticeable(judgement: Judgement, labels: Labels, metadata: MetricMetadata, by = judgedBy(labels, metadata)): boolean {
  const name = labels[METRIC_NAME] ?? "";
  if (!isTold(name, metadata.type)) return false;
  const unit = unitOf(name, metadata.unit) || unitInName(name);
  const kind = by === "rate" ? "rate" : "value";
  const isShare = metadata.unit === "" && SHARE.test(name) && Math.max(Math.abs(judgement.value), Math.abs(judgement.expected)) <= 1;
  const floors = FLOORS.get(unit) ?? (isShare ? FLOORS.get("ratio") : undefined);
  if (kind === "value" && (floors === undefined || unit === "seconds") && isTime(judgement.value, judgement.t)) return false;
  // What is missing or stands still is so at whatever size.
  if (judgement.kind === "gap" || judgement.kind === "flatline") return true;
  const size = Math.abs(judgement.expected);
  const change = Math.abs(judgement.value - judgement.expected);
  // Of what people suffer from a few in a thousand are news, but no time that nobody waits.
  if (kind === "value" && SUFFERED.test(name)) return unit !== "seconds" || Math.max(change, size) >= SHORTEST;
  const floor = floors?.[kind];
  // How far one value is says nothing of a scatter, a drift or a season.
  const isOne = OF_ONE_VALUE.has(judgement.kind);
  if (isOne && change < LEAST * size && (floor === undefined || unit === "seconds")) return false;
  // What goes wrong once is little, what goes wrong every other minute from now on is not.
  if (kind === "rate" && judgement.kind !== "spike" && SUFFERED.test(name)) return Math.max(size, change) >= NOTHING.rate;
  if (floor === undefined) return size >= NOTHING[kind] || change > LITTLE[kind];
  if (!isOne) return Math.max(size, change) >= floor;
  return change >= floor || (size >= SOME * floor && change >= MUCH * size);
}

const OF_ONE_VALUE: ReadonlySet<AnomalyKind> = new Set(["spike", "dip", "level_shift"]);

/** The unit that OpenMetrics and Prometheus put at the end of a name, where the metadata say none. */
const unitInName = (name: string): string => /_([a-z]+?)(?:_total|_sum)?$/.exec(name)?.[1] ?? "";
