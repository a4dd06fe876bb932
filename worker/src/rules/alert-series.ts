import { type Labels, seriesKey } from "@sightline/shared/model/labels";
import type { BatchSeries } from "@sightline/shared/model/sample";
import type { AlertBook } from "./alert-book.ts";
import { TickSeries } from "./tick-series.ts";

const INTERVAL_MS = 15_000;

/** ALERTS and ALERTS_FOR_STATE as stored series: what Prometheus's users chart and annotate with. */
export class AlertSeries {
  #written: ReadonlyMap<string, Labels> = new Map();
  #at = 0;

  /** What is to be stored now; nothing before it is due. */
  take(book: AlertBook, nowMs: number): readonly BatchSeries[] {
    if (nowMs < this.#at + INTERVAL_MS) return [];
    const samples = book.series();
    if (samples.length === 0 && this.#written.size === 0) return [];
    this.#at = nowMs;
    const series = new TickSeries(() => [], nowMs);
    const written = new Map(samples.map(({ labels }) => [seriesKey(labels), labels]));
    for (const sample of samples) series.record(sample);
    for (const [key, labels] of this.#written) if (!written.has(key)) series.end(labels);
    this.#written = written;
    return series.recorded;
  }

  /** While there are alerts, or some have just ended. */
  nextAt(book: AlertBook): number | null {
    return this.#written.size > 0 || book.active().length > 0 ? this.#at + INTERVAL_MS : null;
  }
}
