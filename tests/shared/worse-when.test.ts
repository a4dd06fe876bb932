import { worseWhen } from "@sightline/shared/trend/worse-when";
import { expect, test } from "vitest";

test.each([
  ["kube_deployment_status_replicas_unavailable", "higher"],
  ["pods_unavailable_ratio", "higher"],
  ["login_unsuccessful_rate", "higher"],
  ["page_freeze_seconds", "higher"],
  ["http_server_request_duration_seconds", "higher"],
  ["rate(http_errors_total[5m])", "higher"],
  ["smtp_retries_total", "higher"],
  ["node_load1", "higher"],
  ["system_cpu_utilization_ratio", "higher"],
  ['rate(node_cpu_seconds_total{mode="iowait"}[5m])', "higher"],
  ["node_disk_await_ms", "higher"],
  ["system_loadavg", "higher"],
  ["overload_total", "higher"],
  ["lagging_replicas", "higher"],
  ["kafka_consumerlag", "higher"],
  ["workqueue_depth", "higher"],
  ["jvm_memused", "higher"],
  ["kube_deployment_status_replicas_available", "lower"],
  ["checkout_success_ratio", "lower"],
  ["cache_hit_ratio", "lower"],
  ["node_filesystem_free_bytes", "lower"],
  ["system_cpu_idle", "lower"],
  ["up", "lower"],
  ["payload_bytes", null],
  ["files_uploaded_total", null],
  ["feature_flag_checks", null],
  ["feature_flags", null],
  ["connections_reused", null],
  ["documents_retrieved_total", null],
  ["orders", null],
] as const)("%s is worse when %s", (name, way) => {
  expect(worseWhen(name)).toBe(way);
});
