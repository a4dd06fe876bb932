/**
 * The rules a project starts with. Thresholds are those of the product's published list; every rule says what it means
 * and what to do. Series that a project does not send keep their rule silent at no cost.
 */
import type { Recommendation, Severity } from "@sightline/shared/model/alert";
import type { AlertRule, RuleGroup } from "@sightline/shared/model/rule";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const COOLDOWN = 5 * MINUTE;

function rule(
  name: string,
  severity: Severity,
  expr: string,
  forMs: number,
  summary: string,
  runbook: string,
  recommendations: readonly (readonly [type: string, priority: Recommendation["priority"], text: string])[],
): AlertRule {
  return {
    name,
    expr,
    forMs,
    keepFiringForMs: 0,
    cooldownMs: COOLDOWN,
    severity,
    labels: {},
    annotations: { summary, runbook },
    recommendations: recommendations.map(([type, priority, text]) => ({ type, priority, text })),
    builtIn: true,
  };
}

const FIND_PROCESS = ["investigate", "high", "Open the host's top processes at the time the alert began and see which one grew."] as const;

const host: RuleGroup = {
  name: "sightline.host",
  intervalMs: 15 * SECOND,
  rules: [
    rule(
      "HighCpuUsage",
      "warning",
      '1 - system_cpu_utilization_ratio{cpu_mode="idle"} > 0.8',
      2 * MINUTE,
      "CPU of {{ $labels.host_name }} is {{ $value | humanizePercentage }} busy",
      "The host has computed more than 80% of the time for two minutes. Requests begin to queue above this. Look at the top processes, then at what was deployed or scheduled when it began.",
      [FIND_PROCESS, ["scale", "medium", "If the load is wanted, add a host or move work away before it reaches 95%."]],
    ),
    rule(
      "CriticalCpuUsage",
      "critical",
      '1 - system_cpu_utilization_ratio{cpu_mode="idle"} > 0.95',
      5 * MINUTE,
      "CPU of {{ $labels.host_name }} is exhausted: {{ $value | humanizePercentage }} busy for 5 minutes",
      "The host has had no spare CPU for five minutes: everything on it waits. Stop or throttle what is not needed, then find the cause in the top processes.",
      [FIND_PROCESS, ["mitigate", "high", "Throttle batch work and shed load now; investigate afterwards."]],
    ),
    rule(
      "HighMemoryUsage",
      "error",
      'system_memory_utilization_ratio{system_memory_state="used"} > 0.85',
      2 * MINUTE,
      "Memory of {{ $labels.host_name }} is {{ $value | humanizePercentage }} used",
      "More than 85% of memory has been in use for two minutes. Next come swapping and the kernel killing a process. A steady climb since the last deploy is a leak; a step is a new workload.",
      [
        FIND_PROCESS,
        ["capacity", "medium", "Compare resident memory per process with last week before adding memory: a leak fills any size."],
      ],
    ),
  ],
};

const disk: RuleGroup = {
  name: "sightline.disk",
  intervalMs: MINUTE,
  rules: [
    rule(
      "DiskAlmostFull",
      "error",
      'system_filesystem_utilization_ratio{system_filesystem_state="used"} > 0.9',
      MINUTE,
      "{{ $labels.system_filesystem_mountpoint }} on {{ $labels.host_name }} is {{ $value | humanizePercentage }} full",
      "A full file system fails writes: databases stop, logs are lost. Delete old logs, caches and images first; then grow the volume.",
      [
        ["cleanup", "high", "Remove rotated logs, package caches and unused container images."],
        ["capacity", "medium", "Grow the volume, or move what grows to its own."],
      ],
    ),
    rule(
      "DiskFullWithin24Hours",
      "error",
      'predict_linear(system_filesystem_utilization_ratio{system_filesystem_state="used"}[6h], 86400) > 1 and system_filesystem_utilization_ratio{system_filesystem_state="used"} > 0.5 and count_over_time(system_filesystem_utilization_ratio{system_filesystem_state="used"}[6h]) >= 10 and (last_over_time(system_filesystem_utilization_ratio{system_filesystem_state="used"}[10m]) - system_filesystem_utilization_ratio{system_filesystem_state="used"} offset 1h) > 0',
      10 * MINUTE,
      "{{ $labels.system_filesystem_mountpoint }} on {{ $labels.host_name }} will be full within 24 hours",
      "At the growth of the last six hours this file system is full within a day. Find what grows now, while there is time.",
      [
        ["investigate", "high", "Find the directory that grew in the last six hours."],
        ["capacity", "medium", "Plan the larger volume today."],
      ],
    ),
  ],
};

const HTTP = "http_server_request_duration_seconds";
const ERROR_RATIO = `sum by (service_name) (histogram_count(rate(${HTTP}{http_response_status_code=~"5.."}[1m]))) / sum by (service_name) (histogram_count(rate(${HTTP}[1m])))`;

const http: RuleGroup = {
  name: "sightline.http",
  intervalMs: 15 * SECOND,
  rules: [
    rule(
      "HighHttpErrorRate",
      "critical",
      `${ERROR_RATIO} > 0.05`,
      MINUTE,
      "{{ $labels.service_name }} answers {{ $value | humanizePercentage }} of its requests with 5xx",
      "More than one request in twenty has failed for a minute. Look at the newest deploy and at the dependencies of the failing routes; roll back first when a deploy fits the time.",
      [
        ["rollback", "high", "If a deploy preceded the errors, roll it back and investigate afterwards."],
        ["investigate", "high", "Group the errors by http_route: one route points at code, all routes at a dependency."],
      ],
    ),
    rule(
      "HighHttpLatency",
      "warning",
      `histogram_quantile(0.95, sum by (service_name) (rate(${HTTP}[2m]))) > 1`,
      2 * MINUTE,
      "p95 latency of {{ $labels.service_name }} is {{ $value | humanizeDuration }}",
      "One request in twenty has taken more than a second for two minutes. Open the slowest functions beside the code; compare with CPU of the host and with the database's own latency.",
      [["investigate", "high", "Order the service's functions by p95 and look at the ones that changed since the last deploy."]],
    ),
  ],
};

const agent: RuleGroup = {
  name: "sightline.agent",
  intervalMs: 5 * SECOND,
  rules: [
    rule(
      "AgentSilent",
      "error",
      "sightline_sender_silence_seconds > 30",
      0,
      "{{ $labels.host_name }} has sent nothing for {{ $value | humanizeDuration }}",
      "No data has come from this agent for more than 30 seconds. Either the host or its network is down, or the agent has stopped. The agent keeps what it measures on disk and sends it when it is back.",
      [["investigate", "high", "Check that the host answers, then that `sightline agent` still runs on it."]],
    ),
  ],
};

const security: RuleGroup = {
  name: "sightline.security",
  intervalMs: 15 * SECOND,
  rules: [
    rule(
      "AuthenticationFailures",
      "error",
      "increase(sightline_auth_failures_total[1m]) > 20",
      0,
      "{{ $value | humanize }} failed sign-ins within a minute",
      "More than twenty requests a minute carried a wrong token. Usually a sender with a revoked token; otherwise somebody is guessing.",
      [["investigate", "high", "See the audit log for the addresses, and revoke the token if it has leaked."]],
    ),
  ],
};

const GROUPS: readonly RuleGroup[] = [host, disk, http, agent, security];

export const defaultRuleGroups = (): readonly RuleGroup[] => GROUPS;
