import type { Dashboard } from "./dashboard.ts";

const service = 'service_name=~"$service"';
const requests = `http_server_request_duration_seconds{${service}}`;
const quantile = (q: number): string => `histogram_quantile(${q}, sum(rate(${requests}[1m])))`;
const rate = `sum by (service_name) (histogram_count(rate(${requests}[1m])))`;

/** Rate, errors and duration of what services serve, from native histograms. */
export const SERVICES_DASHBOARD: Dashboard = {
  schemaVersion: 1,
  id: "services",
  title: "Services",
  variables: [{ name: "service", title: "Service", metric: "http_server_request_duration_seconds", label: "service_name" }],
  sections: [
    {
      title: "Requests",
      panels: [
        { type: "area", title: "Throughput", width: 4, unit: "per_second", targets: [{ query: rate, legend: "{{service_name}}" }] },
        {
          type: "line",
          title: "Response time",
          width: 4,
          unit: "seconds",
          targets: [
            { query: quantile(0.5), legend: "p50" },
            { query: quantile(0.95), legend: "p95" },
            { query: quantile(0.99), legend: "p99" },
          ],
        },
        {
          type: "line",
          title: "Errors",
          width: 4,
          unit: "ratio",
          threshold: 0.05,
          targets: [
            {
              query: `sum by (service_name) (histogram_count(rate(http_server_request_duration_seconds{${service},http_response_status_code=~"5.."}[1m]))) / ${rate}`,
              legend: "{{service_name}}",
            },
          ],
        },
        {
          type: "line",
          title: "p95 by route",
          width: 6,
          unit: "seconds",
          targets: [{ query: `histogram_quantile(0.95, sum by (http_route) (rate(${requests}[1m])))`, legend: "{{http_route}}" }],
        },
        {
          type: "line",
          title: "Errors by route",
          width: 6,
          unit: "per_second",
          targets: [
            {
              query: `sum by (http_route) (histogram_count(rate(http_server_request_duration_seconds{${service},http_response_status_code=~"5.."}[1m])))`,
              legend: "{{http_route}}",
            },
          ],
        },
        {
          type: "table",
          title: "Routes",
          width: 12,
          by: ["http_route"],
          limit: 15,
          columns: [
            { title: "Requests", unit: "per_second", target: { query: `sum by (http_route) (histogram_count(rate(${requests}[1m])))` } },
            { title: "p50", unit: "seconds", target: { query: `histogram_quantile(0.5, sum by (http_route) (rate(${requests}[1m])))` } },
            { title: "p95", unit: "seconds", target: { query: `histogram_quantile(0.95, sum by (http_route) (rate(${requests}[1m])))` } },
          ],
        },
      ],
    },
  ],
};

/** What deserves attention, whatever it is about. */
export const RELIABILITY_DASHBOARD: Dashboard = {
  schemaVersion: 1,
  id: "reliability",
  title: "Reliability",
  variables: [],
  sections: [
    {
      title: "Attention",
      panels: [
        { type: "alerts", title: "Alerts", width: 6 },
        {
          type: "insights",
          title: "Insights",
          description: "What is unusual or about to run out, each thing once, what weighs most first; taken back when it was not so.",
          width: 6,
        },
      ],
    },
    { title: "Objectives", panels: [{ type: "slos", title: "Service level objectives", width: 12 }] },
    { title: "Who is told", panels: [{ type: "receivers", title: "Receivers", width: 12 }] },
    { title: "Fleet", panels: [{ type: "hosts", title: "Hosts", width: 12 }] },
  ],
};
