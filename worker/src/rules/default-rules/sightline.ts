import { MINUTE, SECOND, shippedGroup } from "./rule.ts";

export const agent = shippedGroup("sightline.agent", 5 * SECOND, [
  {
    name: "AgentSilent",
    severity: "error",
    expr: 'sightline_sender_silence_seconds{service_name=""} > 30',
    // It is the gap itself.
    onGap: "resolve",
    // An agent speaks for its host.
    means: "down",
    summary: "{{ $labels.host_name }} has sent nothing for {{ $value | humanizeDuration }}",
    description: "No data has come from this agent for more than 30 seconds. Alerts over its series are held as they were.",
    runbook:
      "Either the host or its network is down, or the agent has stopped. The agent keeps what it measures on disk and sends it when it is back: nothing is lost by a restart of it.",
    recommendations: [["investigate", "high", "Check that the host answers, then that `sightline agent` still runs on it."]],
  },
  {
    name: "AgentDropsData",
    severity: "error",
    expr: "increase(sightline_agent_dropped_frames_total[5m]) > 0",
    summary: "The agent on {{ $labels.host_name }} has dropped data",
    description: "Its spool is full: the server could not be reached for longer than the disk it may use lasts. The oldest data are gone.",
    runbook:
      "See why the server is not reached: the agent's log says it with every attempt. Then give the spool more room, so that the next outage fits.",
    recommendations: [["capacity", "medium", "Raise the agent's spool size: an hour of a host takes some MB."]],
  },
  {
    name: "CollectorSuspended",
    severity: "warning",
    expr: "sightline_agent_collector_suspended > 0",
    forMs: 5 * MINUTE,
    summary: "The collector {{ $labels.collector }} on {{ $labels.host_name }} has failed again and again",
    description: "The agent leaves it alone for a while, so that it harms nothing; its metrics are missing.",
    runbook:
      "The agent's log says what the collector failed with: a missing permission and a service that does not answer are the usual causes.",
    recommendations: [["investigate", "medium", "Read the collector's error in the agent's log."]],
  },
]);

/** Instances come and go with every deploy: only that none of them sends any more is news, unless the last one closed in order. */
const RUNNING = 'min by (service_name) (sightline_sender_silence_seconds{service_name!="",closed=""})';
const CLOSED = 'min by (service_name) (sightline_sender_silence_seconds{service_name!="",closed="true"})';

export const self = shippedGroup("sightline.self", 15 * SECOND, [
  {
    name: "ServiceSilent",
    severity: "error",
    expr: `${RUNNING} > 60 unless on (service_name) (${CLOSED} < ${RUNNING})`,
    onGap: "resolve",
    summary: "{{ $labels.service_name }} has sent nothing for {{ $value | humanizeDuration }}",
    description: "No instance of this service sends any more, and the last one did not say that it ends.",
    runbook:
      "Either its processes have crashed, or they cannot reach the server. A process that ends in order calls `close()` of its SDK, or is followed by another instance within a minute; then nobody is told.",
    recommendations: [["investigate", "high", "See whether a process of the service runs, and what it said last."]],
  },
  {
    name: "SamplesRejected",
    severity: "warning",
    expr: "increase(sightline_shard_rejected_samples_total[5m]) > 0",
    summary: "{{ $value | humanize }} samples were refused within five minutes",
    description: "What senders sent was not kept: too old, over a limit, or not valid. The reason is a label.",
    runbook:
      "`/v1/status` names each kind with its first example. A limit on series points at a label with ever new values; find it before raising the limit.",
    recommendations: [["investigate", "medium", "Open /v1/status and look at the problems it names."]],
  },
  {
    name: "SeriesOverflow",
    severity: "warning",
    expr: "increase(sightline_sdk_series_overflow_total[5m]) > 0",
    summary: "{{ $labels.service_name }} makes more series than its limit",
    description: "What is beyond the limit is added up under one series: sums stay right, and the labels are lost.",
    runbook: "One label takes ever new values: an id, an address, a full path. Leave it out or put a pattern in its place.",
    recommendations: [["fix", "medium", "Find the metric with the most series and the label with the most values in it."]],
  },
]);

export const security = shippedGroup("sightline.security", 15 * SECOND, [
  {
    name: "AuthenticationFailures",
    severity: "error",
    expr: "increase(sightline_auth_failures_total[1m]) > 20",
    summary: "{{ $value | humanize }} failed sign-ins within a minute",
    description: "More than twenty requests a minute carried a wrong token.",
    runbook:
      "Usually a sender with a revoked token; otherwise somebody is guessing. The audit log has the addresses: a known one needs its new token, an unknown one needs to be kept out.",
    recommendations: [["investigate", "high", "See the audit log for the addresses, and revoke the token if it has leaked."]],
  },
]);
