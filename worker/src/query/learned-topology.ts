import type { Dependency } from "@sightline/shared/alerting/topology";
import { isLoopback, subjectOf } from "@sightline/shared/alerting/topology";
import type { Labels } from "@sightline/shared/model/labels";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Head } from "../storage/head.ts";
import type { SeriesIndex } from "../storage/series-index.ts";

/** Series without a sample since then tell nothing of the present. */
const RECENT_MS = 3_600_000;
const MAX_VALUES = 2000;
/** Of one label value, spread over its series. */
const SERIES_PER_VALUE = 500;
const MAX_SERIES = 100_000;
const MAX_DEPENDENCIES = 5000;

/** Labels of OpenTelemetry's client metrics that name the other side. */
const CALLED = ["server_address", "peer_service", "net_peer_name", "db_namespace"] as const;
/** `server_address` of these is the service's own. */
const SERVER_METRIC = /(?:^|_)server_/;

/** Who calls whom and what runs where, from the label index alone: no sample is read, and the series looked at are bounded. */
export function learnedTopology(index: SeriesIndex, head: Pick<Head, "lastTime">, nowMs: number): readonly Dependency[] {
  const found = new Map<string, Dependency>();
  let budget = MAX_SERIES;
  const learn = (from: string | undefined, to: string | undefined, kind: Dependency["kind"]): void => {
    if (from === undefined || to === undefined || from === to || isLoopback(to) || found.size >= MAX_DEPENDENCIES) return;
    found.set(JSON.stringify([kind, from, to]), { from, to, kind });
  };
  const visit = (name: string, value: string, tell: (labels: Labels) => void): void => {
    const refs = index.match([{ name, op: "=", value }]);
    if (!refs.ok) return;
    const stride = Math.max(1, Math.floor(refs.value.length / SERIES_PER_VALUE));
    for (let i = 0; i < refs.value.length && budget > 0; i += stride) {
      budget--;
      const ref = refs.value[i];
      const labels = ref === undefined || (head.lastTime[ref] ?? -Infinity) < nowMs - RECENT_MS ? undefined : index.labels(ref);
      if (labels !== undefined) tell(labels);
    }
  };
  for (const label of CALLED) {
    for (const value of index.labelValues(label).slice(0, MAX_VALUES)) {
      visit(label, value, (labels) => {
        if (!SERVER_METRIC.test(labels[METRIC_NAME] ?? "")) learn(subjectOf(labels).service, value, "calls");
      });
    }
  }
  for (const label of ["service_name", "job"] as const) {
    for (const value of index.labelValues(label).slice(0, MAX_VALUES)) {
      visit(label, value, (labels) => {
        const { service, host } = subjectOf(labels);
        if (service === value) learn(service, host, "runs_on");
      });
    }
  }
  return [...found.values()];
}
