import { MINUTE, SECOND, shippedGroup } from "./rule.ts";

const REQUESTS = "http_server_request_duration_seconds";
const rateOf = (selector: string, window: string, offset = ""): string =>
  `sum by (service_name) (histogram_count(rate(${REQUESTS}${selector}[${window}]${offset})))`;

export const http = shippedGroup("sightline.http", 15 * SECOND, [
  {
    name: "HighHttpErrorRate",
    severity: "critical",
    expr: `${rateOf('{http_response_status_code=~"5.."}', "1m")} / ${rateOf("", "1m")} > 0.05`,
    // One failed request of three is no outage.
    minSamples: 10,
    forMs: MINUTE,
    summary: "{{ $labels.service_name }} answers {{ $value | humanizePercentage }} of its requests with 5xx",
    description:
      "More than one request in twenty fails; it fires when that goes on for a minute. Below ten requests a minute it says nothing.",
    runbook:
      "Look at the newest deploy and at the dependencies of the failing routes; roll back first when a deploy fits the time. Errors on one route point at code, errors on all at a dependency.",
    recommendations: [
      ["rollback", "high", "If a deploy preceded the errors, roll it back and investigate afterwards."],
      ["investigate", "high", "Group the errors by http_route: one route points at code, all routes at a dependency."],
    ],
  },
  {
    name: "HighHttpLatency",
    severity: "warning",
    // The service's own objective where it says one, else a second.
    expr:
      `histogram_quantile(0.95, sum by (service_name) (rate(${REQUESTS}[2m]))) > on (service_name) ` +
      `(max by (service_name) (http_server_request_duration_objective_seconds) or 0 * ${rateOf("", "2m")} + 1) ` +
      // The quantile of a few requests is the slowest of them.
      `and ${rateOf("", "2m")} * 120 >= 20`,
    forMs: 2 * MINUTE,
    summary: "p95 latency of {{ $labels.service_name }} is {{ $value | humanizeDuration }}",
    description:
      "One request in twenty takes longer than the service's objective: http_server_request_duration_objective_seconds, or a second where it sends none. It fires when that goes on for two minutes.",
    runbook:
      "Open the slowest functions beside the code; compare with CPU of the host and with the database's own latency. What changed since the last deploy comes first.",
    recommendations: [
      ["investigate", "high", "Order the service's functions by p95 and look at the ones that changed since the last deploy."],
    ],
  },
  {
    name: "LowHttpThroughput",
    severity: "warning",
    expr: `${rateOf("", "15m")} / ${rateOf("", "15m", " offset 1d")} < 0.5 and ${rateOf("", "15m", " offset 1d")} > 0.1`,
    forMs: 10 * MINUTE,
    summary: "{{ $labels.service_name }} gets {{ $value | humanizePercentage }} of the requests of the same hour yesterday",
    description: "Traffic is down by more than half against the same hour yesterday. Users may not reach the service at all.",
    runbook:
      "Check the way to the service first: DNS, load balancer, certificate, login. Then ask whether yesterday was unusual: a campaign, a batch run, a holiday.",
    recommendations: [
      ["investigate", "high", "Open the service from outside, as a user does."],
      ["investigate", "medium", "Compare by http_route: one route missing points at a client, all of them at the way in."],
    ],
  },
  {
    name: "HighConcurrency",
    severity: "error",
    expr: "sum by (service_name) (http_server_active_requests) > on (service_name) max by (service_name) (http_server_active_requests_limit)",
    forMs: MINUTE,
    summary: "{{ $labels.service_name }} works on {{ $value }} requests at a time, more than its limit",
    description:
      "More requests are under way than the service was made for (http_server_active_requests_limit): they wait for each other, and latency grows for all.",
    runbook:
      "Look at what the requests wait for: a slow dependency fills a service without more traffic. Shed load or add instances; then see whether the limit is right.",
    recommendations: [
      ["mitigate", "high", "Add instances, or refuse early what cannot be answered in time."],
      ["investigate", "medium", "Compare the latency of dependencies with an hour ago: waiting looks like load."],
    ],
  },
]);

export const certificates = shippedGroup("sightline.certificates", MINUTE, [
  {
    name: "CertificateExpiresSoon",
    severity: "warning",
    expr: "(probe_ssl_earliest_cert_expiry - time()) / 86400 < 14",
    summary: "The certificate of {{ $labels.instance }} expires in {{ $value | printf `%.1f` }} days",
    description: "Automatic renewal usually happens a month before the end: with two weeks left it has failed more than once.",
    runbook:
      "Look at the renewal's own log first: rate limits, DNS records and ports in the way of the challenge are the usual causes. Renew by hand if it is close.",
    recommendations: [["renew", "high", "Run the renewal by hand and read what it says."]],
  },
  {
    name: "CertificateExpiresNow",
    severity: "critical",
    expr: "(probe_ssl_earliest_cert_expiry - time()) / 86400 < 3",
    summary: "The certificate of {{ $labels.instance }} expires in {{ $value | printf `%.1f` }} days",
    description: "Within three days every client will refuse the connection.",
    runbook:
      "Renew by hand today, and install the new certificate where it ends: load balancer, proxy, every instance. Then mend the automatic renewal.",
    recommendations: [["renew", "high", "Renew and install by hand now."]],
  },
]);
