/** Limits that common exporters tell, by the names that their documentation has. */
import type { CapacityQuestion } from "@sightline/shared/api/analyses";
import type { JudgedResource } from "@sightline/shared/model/capacity";
import type { Labels } from "@sightline/shared/model/labels";
import { expect, test } from "vitest";
import { capacityQuery, demandQuery } from "../../worker/src/query/capacity.ts";
import { NodeDatabase } from "../support/node-database.ts";
import { MINUTE, NOON } from "./open-store.ts";
import { Sender, gauge, openShard, post } from "./shard-fixture.ts";

const HOUR = 60 * MINUTE;

type Sent = readonly [name: string, value: number, labels?: Labels];

/** What is found bounded in five hours of values that rise by a hundredth of themselves where they are no limit. */
async function found(sent: readonly Sent[]): Promise<readonly JudgedResource[]> {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  const series = sent.map(([name, value, labels], one) => {
    const rise = one === 0 ? value / 100 / 300 : 0;
    const samples = Array.from({ length: 300 }, (_, i) => [NOON - (299 - i) * MINUTE, value + rise * (i - 299)] as const);
    return gauge({ __name__: name, instance: "a:1", job: "j", ...labels }, samples);
  });
  await post(core, sender.hello(), sender.frame(1, { series }));
  const question: CapacityQuestion = { startMs: NOON - 5 * HOUR, endMs: NOON, hosts: 1, machines: [], declared: [] };
  const answer = await capacityQuery(core.reads, question, () => Promise.resolve());
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value.resources;
}

const POD = { container: "app", pod: "cart-1", namespace: "shop" };
const OF_CADVISOR = { ...POD, instance: "node-1:10250", job: "kubelet", id: "/kubepods/x", image: "app:1" };
const OF_KUBE_STATE = { ...POD, instance: "kube-state:8080", job: "kube-state", resource: "memory", unit: "byte", node: "node-1" };

test.each<readonly [Sent, Sent, ...Sent[]]>([
  [
    ["tomcat_threads_busy_threads", 20],
    ["tomcat_threads_config_max_threads", 200],
    ["tomcat_threads_current_threads", 50],
  ],
  [
    ["jetty_threads_busy", 20],
    ["jetty_threads_config_max", 200],
  ],
  [
    ["executor_active_threads", 2],
    ["executor_pool_max_threads", 20],
  ],
  [
    ["thread_pool_active_threads", 2],
    ["thread_pool_max_threads", 20],
  ],
  [
    ["process_files_open_files", 100],
    ["process_files_max_files", 1024],
  ],
  [
    ["rabbitmq_process_resident_memory_bytes", 4e8],
    ["rabbitmq_resident_memory_limit_bytes", 1e9],
  ],
  [
    ["rabbitmq_process_open_fds", 100],
    ["rabbitmq_process_max_fds", 1024],
  ],
  [
    ["memcached_current_connections", 10],
    ["memcached_max_connections", 1024],
  ],
  [
    ["haproxy_process_current_connections", 100],
    ["haproxy_process_max_connections", 2000],
  ],
  [
    ["haproxy_frontend_current_sessions", 10, { proxy: "web" }],
    ["haproxy_frontend_limit_sessions", 200, { proxy: "web" }],
    ["haproxy_frontend_max_sessions", 15, { proxy: "web" }],
  ],
  [
    ["pgbouncer_databases_current_connections", 10, { database: "shop" }],
    ["pgbouncer_databases_max_connections", 50, { database: "shop" }],
  ],
  [
    ["go_sql_in_use_connections", 5, { db_name: "shop" }],
    ["go_sql_max_open_connections", 25, { db_name: "shop" }],
  ],
  [
    ["pids_current", 100],
    ["pids_max", 4096],
  ],
  [
    ["etcd_mvcc_db_total_size_in_bytes", 1e9],
    ["etcd_server_quota_backend_bytes", 8e9],
  ],
  [
    ["container_memory_working_set_bytes", 2e8, OF_CADVISOR],
    ["kube_pod_container_resource_limits", 5e8, OF_KUBE_STATE],
    ["kube_pod_container_resource_limits", 2, { ...OF_KUBE_STATE, resource: "cpu", unit: "core" }],
  ],
])("%j is bounded by %j", async (used, limit, ...others) => {
  expect(await found([used, limit, ...others])).toMatchObject([{ used: used[1], limit: limit[1] }]);
});

test.each<readonly [string, readonly Sent[], number, number]>([
  [
    "disk C: on a:1",
    [
      ["windows_logical_disk_free_bytes", 4e10, { volume: "C:" }],
      ["windows_logical_disk_size_bytes", 1e11, { volume: "C:" }],
      ["windows_logical_disk_free_bytes", 1e7, { volume: "HarddiskVolume1" }],
      ["windows_logical_disk_size_bytes", 5e8, { volume: "HarddiskVolume1" }],
    ],
    6e10,
    1e11,
  ],
  [
    "memory on a:1",
    [
      ["windows_memory_physical_free_bytes", 4e9],
      ["windows_memory_physical_total_bytes", 1.6e10],
      ["windows_cs_physical_memory_bytes", 1.6e10],
    ],
    1.2e10,
    1.6e10,
  ],
  [
    "memory on a:1",
    [
      ["windows_os_physical_memory_free_bytes", 4e9],
      ["windows_cs_physical_memory_bytes", 1.6e10],
    ],
    1.2e10,
    1.6e10,
  ],
  [
    "disk /data on a:1",
    [
      ["elasticsearch_filesystem_data_free_bytes", 2e10, { mount: "/data", path: "/data/es" }],
      ["elasticsearch_filesystem_data_size_bytes", 5e10, { mount: "/data", path: "/data/es" }],
    ],
    3e10,
    5e10,
  ],
  [
    "connections j on a:1",
    [
      ["pgbouncer_pools_client_active_connections", 10, { database: "a", user: "x" }],
      ["pgbouncer_pools_client_active_connections", 20, { database: "b", user: "x" }],
      ["pgbouncer_pools_client_waiting_connections", 5, { database: "b", user: "x" }],
      ["pgbouncer_config_max_client_connections", 200],
    ],
    35,
    200,
  ],
  [
    "memory app of cart-1 on a:1",
    [
      ["container_memory_working_set_bytes", 2e8, POD],
      ["container_spec_memory_limit_bytes", 5e8, POD],
      ["kube_pod_container_resource_limits", 5e8, OF_KUBE_STATE],
    ],
    2e8,
    5e8,
  ],
])("%s is what is used of all", async (name, sent, used, limit) => {
  expect(await found(sent)).toMatchObject([{ name, used, limit }]);
});

test.each<readonly [string, Sent, Sent]>([
  ["the most at once in two minutes", ["jetty_connections_current_connections", 3], ["jetty_connections_max_connections", 4]],
  ["the most since the start", ["emqx_connections_count", 3], ["emqx_connections_max", 4]],
  ["the most that there were", ["haproxy_backend_current_sessions", 3], ["haproxy_backend_max_sessions", 4]],
  ["what the servers' own limits rise up to", ["haproxy_backend_current_sessions", 30], ["haproxy_backend_limit_sessions", 40]],
  ["the most sessions at once", ["tomcat_sessions_active_current_sessions", 3], ["tomcat_sessions_active_max_sessions", 4]],
  ["the most processes at once", ["phpfpm_active_processes", 3], ["phpfpm_max_active_processes", 4]],
  ["the most threads at once", ["jvm_threads_live_threads", 40], ["jvm_threads_peak_threads", 90]],
  ["any number", ["executor_active_threads", 3], ["executor_pool_max_threads", 2_147_483_647]],
  ["as many as are kept", ["app_log_files", 9], ["app_log_max_files", 10]],
  ["what a clock may reach", ["node_cpu_frequency_hertz", 2e9], ["node_cpu_frequency_max_hertz", 3.6e9]],
  ["how often it failed", ["varnish_main_threads", 100], ["varnish_main_threads_limited", 1]],
  [
    "that of another container",
    ["container_memory_working_set_bytes", 2e8, { ...OF_CADVISOR, pod: "kube-state", container: "app" }],
    ["kube_pod_container_resource_limits", 5e8, { ...OF_KUBE_STATE, pod: "kube-state", exported_pod: "cart-1" }],
  ],
])("%s is no limit: %j beside %j", async (_, used, limit) => {
  expect(await found([used, limit])).toEqual([]);
});

test("what is paired by its names is called by them, each thing of one host by another", async () => {
  const pairs: readonly Sent[] = [
    ["licence_seats_used", 360],
    ["licence_seats_limit", 500],
    ["queue_size", 530],
    ["queue_capacity", 1000],
    ["pool_current_connections", 50],
    ["pool_max_connections", 100],
    ["file_size_bytes", 2e5],
    ["file_size_limit_bytes", 1e6],
  ];
  const resources = await found(pairs);
  expect(resources.map(({ name, thing }) => `${thing}: ${name}`).toSorted()).toEqual([
    "file_size: quota file_size on a:1",
    "licence_seats: quota licence_seats on a:1",
    "pool: connections pool j on a:1",
    "queue: quota queue on a:1",
  ]);
});

test("how busy a Windows machine is has a limit, by the seconds of its cores, and it counts as a host", async () => {
  const { core } = openShard(new NodeDatabase(), { now: NOON });
  const sender = new Sender();
  const series = ["0,0", "0,1"].flatMap((cpu) =>
    Object.entries({ idle: 0.8, user: 0.15, privileged: 0.05, dpc: 0.01 }).map(([mode, perSecond]) => {
      const samples = Array.from({ length: 300 }, (_, i) => [NOON - (299 - i) * MINUTE, 1e6 + i * 60 * perSecond] as const);
      const metadata = { type: "counter", unit: "", help: "" } as const;
      return gauge({ __name__: "windows_cpu_time_total", instance: "a:9182", core: cpu, mode }, samples, { metadata });
    }),
  );
  await post(core, sender.hello(), sender.frame(1, { series }));
  const during = { startMs: NOON - 5 * HOUR, endMs: NOON };
  const asked = await capacityQuery(core.reads, { ...during, hosts: 1, machines: [], declared: [] }, () => Promise.resolve());
  const [cpu, ...others] = asked.ok ? asked.value.resources : [];
  expect(others).toEqual([]);
  expect(cpu).toMatchObject({ kind: "cpu", name: "CPU on a:9182", limit: 0.9, servers: 2, ofMachine: true });
  expect(cpu?.used).toBeCloseTo(0.2, 6);
  expect(demandQuery(core.reads, { query: "vector(1)", ...during })).toMatchObject({ ok: true, value: { hosts: 1, machines: ["a:9182"] } });
});
