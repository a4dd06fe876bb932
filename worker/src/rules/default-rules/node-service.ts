import { MINUTE, SECOND, shippedGroup } from "./rule.ts";

export const nodeService = shippedGroup("sightline.node", 15 * SECOND, [
  {
    name: "EventLoopBusy",
    severity: "error",
    expr: "nodejs_eventloop_utilization_ratio > 0.9",
    keepFiringExpr: "nodejs_eventloop_utilization_ratio >= 0.8",
    forMs: 2 * MINUTE,
    summary: "The event loop of {{ $labels.service_name }} is {{ $value | humanizePercentage }} busy",
    description:
      "The one thread that answers requests is hardly idle: every request waits for all before it. It fires when that goes on for two minutes.",
    runbook:
      "Take a CPU profile now and look at the widest frames: large JSON, synchronous file access and regular expressions are the usual ones. Add instances to win time.",
    recommendations: [
      ["profile", "high", "Start a CPU profile from the editor and look at what is on top for longest."],
      ["scale", "medium", "Add an instance: one process uses one core."],
    ],
  },
  {
    name: "EventLoopDelayed",
    severity: "warning",
    expr: "nodejs_eventloop_delay_p99_seconds > 0.2",
    forMs: 2 * MINUTE,
    summary: "The event loop of {{ $labels.service_name }} is held up for {{ $value | humanizeDuration }}",
    description: "One turn in a hundred takes more than 0.2 s: requests that need a millisecond of work wait for that long.",
    runbook:
      "Something synchronous runs for long. A profile shows which function; split its work, move it to a worker thread, or cache its result.",
    recommendations: [["profile", "high", "Look for the synchronous function that takes longest."]],
  },
  {
    name: "HeapAlmostFull",
    severity: "error",
    expr: "sum without (v8js_heap_space_name) (v8js_memory_heap_used_bytes) / sum without (v8js_heap_space_name) (v8js_memory_heap_limit_bytes) > 0.9",
    forMs: 2 * MINUTE,
    summary: "The heap of {{ $labels.service_name }} is {{ $value | humanizePercentage }} of its limit",
    description: "Near its limit the collector runs all the time, and then the process ends with “JavaScript heap out of memory”.",
    runbook:
      "Take two heap snapshots some minutes apart and compare them: what grew is the leak. Restart the instance to win time; a greater limit only moves the day.",
    recommendations: [
      ["investigate", "high", "Compare two heap snapshots: look for arrays and maps that only grow."],
      ["mitigate", "medium", "Restart instances one after another."],
    ],
  },
]);
