import type { Dashboard, Target } from "./dashboard.ts";

const host = 'host_name=~"$host"';
const busy = `avg by (host_name) (1 - system_cpu_utilization_ratio{cpu_mode="idle",${host}})`;
const memory = `sum by (host_name) (system_memory_utilization_ratio{system_memory_state="used",${host}})`;

const memoryBytes = (state: string): Target => ({
  query: `sum by (system_memory_state) (system_memory_usage_bytes{system_memory_state${state},${host}})`,
  legend: "{{system_memory_state}}",
});

/** What the agent measures of a machine. */
export const HOST_DASHBOARD: Dashboard = {
  schemaVersion: 1,
  id: "host",
  title: "Host",
  variables: [{ name: "host", title: "Host", metric: "system_cpu_utilization_ratio", label: "host_name" }],
  sections: [
    {
      title: "Now",
      panels: [
        {
          type: "gauge",
          title: "CPU busy",
          width: 3,
          unit: "ratio",
          warnAt: 0.8,
          errorAt: 0.95,
          target: { query: `max(1 - system_cpu_utilization_ratio{cpu_mode="idle",${host}})` },
        },
        {
          type: "gauge",
          title: "Memory used",
          width: 3,
          unit: "ratio",
          warnAt: 0.75,
          errorAt: 0.85,
          target: { query: `max(system_memory_utilization_ratio{system_memory_state="used",${host}})` },
        },
        {
          type: "gauge",
          title: "Fullest disk",
          width: 3,
          unit: "ratio",
          warnAt: 0.8,
          errorAt: 0.9,
          target: { query: `max(system_filesystem_utilization_ratio{system_filesystem_state="used",${host}})` },
        },
        { type: "stat", title: "Load, 1 min", width: 3, unit: "none", target: { query: `max(system_cpu_load_average_1m{${host}})` } },
      ],
    },
    {
      title: "Processor and memory",
      panels: [
        {
          type: "area",
          title: "CPU busy",
          description: "Shaded: the expected range. Dashed: the forecast with its 80% and 95% intervals.",
          width: 6,
          unit: "ratio",
          ceiling: 1,
          threshold: 0.8,
          targets: [{ query: busy, legend: "{{host_name}}" }],
          expected: { selector: `system_cpu_utilization_ratio{cpu_mode="idle",${host}}`, complement: true },
          forecast: { query: busy },
        },
        {
          type: "area",
          title: "Memory used",
          description: "Shaded: the expected range. Dashed: the forecast with its 80% and 95% intervals.",
          width: 6,
          unit: "ratio",
          ceiling: 1,
          threshold: 0.85,
          targets: [{ query: memory, legend: "{{host_name}}" }],
          expected: { selector: `system_memory_utilization_ratio{system_memory_state="used",${host}}` },
          forecast: { query: memory },
        },
        {
          type: "area",
          title: "CPU by mode",
          width: 4,
          unit: "ratio",
          stacked: true,
          ceiling: 1,
          targets: [{ query: `avg by (cpu_mode) (system_cpu_utilization_ratio{cpu_mode!="idle",${host}})`, legend: "{{cpu_mode}}" }],
        },
        {
          type: "line",
          title: "Busy per core",
          width: 4,
          unit: "ratio",
          ceiling: 1,
          targets: [
            {
              query: `1 - avg by (cpu_logical_number) (system_cpu_logical_utilization_ratio{cpu_mode="idle",${host}})`,
              legend: "core {{cpu_logical_number}}",
            },
          ],
        },
        {
          type: "area",
          title: "Memory by state",
          width: 4,
          unit: "bytes",
          stacked: true,
          // What is used lies at the bottom and what is free on top, whatever the states between are called.
          targets: [memoryBytes('="used"'), memoryBytes('!~"used|free"'), memoryBytes('="free"')],
        },
      ],
    },
    {
      title: "Disk and network",
      panels: [
        {
          type: "line",
          title: "Disk throughput",
          width: 6,
          unit: "bytes/s",
          targets: [
            { query: `sum by (disk_io_direction) (rate(system_disk_io_bytes_total{${host}}[1m]))`, legend: "{{disk_io_direction}}" },
          ],
        },
        {
          type: "line",
          title: "Network throughput",
          width: 6,
          unit: "bytes/s",
          targets: [
            {
              query: `sum by (network_io_direction) (rate(system_network_io_bytes_total{${host}}[1m]))`,
              legend: "{{network_io_direction}}",
            },
          ],
        },
        {
          type: "line",
          title: "Load average",
          width: 4,
          unit: "none",
          targets: [
            { query: `system_cpu_load_average_1m{${host}}`, legend: "1 min" },
            { query: `system_cpu_load_average_5m{${host}}`, legend: "5 min" },
            { query: `system_cpu_load_average_15m{${host}}`, legend: "15 min" },
          ],
        },
        {
          type: "line",
          title: "Disk space used",
          width: 4,
          unit: "ratio",
          ceiling: 1,
          threshold: 0.9,
          targets: [
            {
              query: `max by (system_filesystem_mountpoint) (system_filesystem_utilization_ratio{system_filesystem_state="used",${host}})`,
              legend: "{{system_filesystem_mountpoint}}",
            },
          ],
        },
        {
          type: "line",
          title: "Swap used",
          width: 4,
          unit: "bytes",
          targets: [
            { query: `sum by (host_name) (system_paging_usage_bytes{system_paging_state="used",${host}})`, legend: "{{host_name}}" },
          ],
        },
      ],
    },
    {
      title: "Capacity",
      panels: [
        {
          type: "capacity",
          title: "When what is bounded is used up",
          description: "By the growth of the last 28 days, with 95% intervals. Try other traffic or another number of hosts.",
          width: 12,
        },
      ],
    },
    {
      title: "Processes",
      panels: [
        {
          type: "table",
          title: "Top processes",
          width: 12,
          by: ["process_executable_name"],
          limit: 10,
          columns: [
            { title: "CPU", unit: "ratio", target: { query: `topk(10, process_top_cpu_utilization_ratio{${host}})` } },
            { title: "Memory", unit: "bytes", target: { query: `process_top_memory_usage_bytes{${host}}` } },
          ],
        },
      ],
    },
  ],
};
