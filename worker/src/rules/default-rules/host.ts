import { MINUTE, SECOND, shippedGroup } from "./rule.ts";

const FIND_PROCESS = ["investigate", "high", "Open the host's top processes at the time the alert began and see which one grew."] as const;
const BUSY = '1 - system_cpu_utilization_ratio{cpu_mode="idle"}';
const USED_DISK = 'system_filesystem_utilization_ratio{system_filesystem_state="used"}';

export const host = shippedGroup("sightline.host", 15 * SECOND, [
  {
    name: "HighCpuUsage",
    severity: "warning",
    expr: `${BUSY} > 0.8`,
    keepFiringExpr: `${BUSY} >= 0.75`,
    forMs: 2 * MINUTE,
    summary: "CPU of {{ $labels.host_name }} is {{ $value | humanizePercentage }} busy",
    description:
      "The host computes more than 80% of the time; it fires when that goes on for two minutes. Requests begin to queue above this.",
    runbook:
      "Look at the top processes, then at what was deployed or scheduled when it began. Wanted load needs room; unwanted load needs its cause found before it reaches 95%.",
    recommendations: [FIND_PROCESS, ["scale", "medium", "If the load is wanted, add a host or move work away before it reaches 95%."]],
  },
  {
    name: "CriticalCpuUsage",
    severity: "critical",
    expr: `${BUSY} > 0.95`,
    keepFiringExpr: `${BUSY} >= 0.9`,
    forMs: 5 * MINUTE,
    summary: "CPU of {{ $labels.host_name }} is exhausted: {{ $value | humanizePercentage }} busy",
    description: "The host has no spare CPU, and everything on it waits; it fires when that goes on for five minutes.",
    runbook:
      "Stop or throttle what is not needed now, so that requests are answered again; then find the cause in the top processes and in the last deploy.",
    recommendations: [FIND_PROCESS, ["mitigate", "high", "Throttle batch work and shed load now; investigate afterwards."]],
  },
  {
    name: "HighMemoryUsage",
    severity: "error",
    expr: 'system_memory_utilization_ratio{system_memory_state="used"} > 0.85',
    forMs: 2 * MINUTE,
    summary: "Memory of {{ $labels.host_name }} is {{ $value | humanizePercentage }} used",
    description:
      "More than 85% of memory is in use; it fires when that goes on for two minutes. Next come swapping and the kernel killing a process.",
    runbook:
      "A steady climb since the last deploy is a leak; a step is a new workload. Restart what leaks to win time, then find it; move or limit what is new.",
    recommendations: [
      FIND_PROCESS,
      ["capacity", "medium", "Compare resident memory per process with last week before adding memory: a leak fills any size."],
    ],
  },
]);

export const disk = shippedGroup("sightline.disk", MINUTE, [
  {
    name: "DiskAlmostFull",
    severity: "error",
    expr: `${USED_DISK} > 0.9`,
    forMs: MINUTE,
    summary: "{{ $labels.system_filesystem_mountpoint }} on {{ $labels.host_name }} is {{ $value | humanizePercentage }} full",
    description: "A full file system fails writes: databases stop, logs are lost, deploys break half way.",
    runbook:
      "Delete old logs, caches and unused images first; that is safe and quick. Then find what grew in the last day, and grow the volume if it was wanted.",
    recommendations: [
      ["cleanup", "high", "Remove rotated logs, package caches and unused container images."],
      ["capacity", "medium", "Grow the volume, or move what grows to its own."],
    ],
  },
  {
    name: "DiskFullWithin24Hours",
    severity: "error",
    expr: `predict_linear(${USED_DISK}[6h], 86400) > 1 and ${USED_DISK} > 0.5 and count_over_time(${USED_DISK}[6h]) >= 10 and (last_over_time(${USED_DISK}[10m]) - ${USED_DISK} offset 1h) > 0`,
    forMs: 10 * MINUTE,
    summary: "{{ $labels.system_filesystem_mountpoint }} on {{ $labels.host_name }} will be full within 24 hours",
    description: "At the growth of the last six hours this file system is full within a day.",
    runbook:
      "Find what grows now, while there is time: the directory that grew in the last six hours. Stop or rotate it, or plan the larger volume today.",
    recommendations: [
      ["investigate", "high", "Find the directory that grew in the last six hours."],
      ["capacity", "medium", "Plan the larger volume today."],
    ],
  },
  {
    name: "InodesAlmostUsedUp",
    severity: "error",
    expr: 'system_filesystem_inodes_utilization_ratio{system_filesystem_state="used"} > 0.9',
    forMs: 5 * MINUTE,
    summary:
      "{{ $labels.system_filesystem_mountpoint }} on {{ $labels.host_name }} has used {{ $value | humanizePercentage }} of its inodes",
    description: "Without free inodes no file can be made, however much room is left: it looks like a full disk and is not.",
    runbook:
      "Look for a directory with very many small files: sessions, mail queues, caches. Delete the old ones and let whatever makes them clean up after itself.",
    recommendations: [["cleanup", "high", "Count files by directory and remove the old ones where there are most."]],
  },
]);
