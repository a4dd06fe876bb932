import type { CapacityResponse, TrendResponse } from "@sightline/shared/api/analyses";
import { expect, it } from "vitest";
import { json, sendAs, tokenOf } from "./http-calls.ts";

const MINUTE = 60_000;
const GIB = 2 ** 30;

interface Metric {
  readonly name: string;
  readonly type?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: (i: number) => number;
}

/** A disk of 100 GiB that is 30 GiB full, and CPUs that do nothing. */
const byAgent = (host: string): Metric[] => [
  { name: "system_cpu_utilization_ratio", labels: { host_name: host, instance: host, cpu_mode: "idle" }, value: () => 0.9 },
  ...["used", "free"].map((state, free) => ({
    name: "system_filesystem_usage_bytes",
    labels: { host_name: host, system_filesystem_mountpoint: "/", system_filesystem_state: state },
    value: (i: number) => GIB * (free === 1 ? 70 : 30) + i,
  })),
];
const byExporter = (instance: string, nodename: string, mountpoints = ["/"]): Metric[] => {
  const labels = { instance, job: "node" };
  return [
    { name: "node_uname_info", labels: { ...labels, nodename }, value: () => 1 },
    { name: "node_cpu_seconds_total", type: "counter", labels: { ...labels, cpu: "0", mode: "idle" }, value: (i) => 54 * i },
    ...mountpoints.flatMap((mountpoint) =>
      [["size", 250] as const, ["free", 220] as const, ["avail", 70] as const].map(([what, gib]) => ({
        name: `node_filesystem_${what}_bytes`,
        labels: { ...labels, mountpoint, fstype: "ext4" },
        value: () => gib * GIB,
      })),
    ),
  ];
};

async function asked(project: string, shards: number, senders: readonly (readonly Metric[])[]): Promise<CapacityResponse> {
  const admin = sendAs(await tokenOf(project, "admin"));
  if (shards > 1) expect((await admin("/v1/shards", json("PUT", { shards }))).status).toBe(200);
  const end = Math.floor(Date.now() / MINUTE) * MINUTE;
  for (const [sender, given] of senders.entries()) {
    const metrics = given.flatMap(({ name, type = "gauge", labels, value }) =>
      Array.from({ length: 61 }, (_, i) => ({ name, type, labels, value: value(i), timestamp: end - (60 - i) * MINUTE })),
    );
    const headers = { "content-type": "application/json", "x-sightline-sender": `sender-${sender}` };
    expect((await admin("/api/v1/ingest", { ...json("POST", { metrics }), headers })).status).toBe(200);
  }
  return (await admin(`/v1/capacity?end=${end}`)).json<CapacityResponse>();
}

const namesOf = ({ resources }: CapacityResponse): string[] => resources.map(({ name }) => name).toSorted();

it.each([1, 3])(
  "a machine that agent and exporter see is one host, and its disk is counted and priced once, over %d shards",
  async (shards) => {
    const both = await asked(`capacity-twins-${shards}`, shards, [byAgent("vm"), byExporter("127.0.0.1:9100", "vm", ["/", "/boot"])]);
    expect(both.hosts).toBe(1);
    expect(namesOf(both)).toEqual(["CPU on vm", "disk / on vm", "disk /boot on 127.0.0.1:9100"]);
    expect(both.resources.map(({ host }) => host)).toEqual(["vm", "vm", "vm"]);
    expect(both.costPerMonth).toBeCloseTo(2 * 10, 6);
  },
);

it("a container's limit is paid for with its node's memory, and a bind mount with its device", async () => {
  const labels = { instance: "10.0.0.1:9100", job: "node" };
  const gauge = (name: string, gib: number, more: Metric["labels"] = {}): Metric => ({
    name,
    labels: { ...labels, ...more },
    value: () => gib * GIB,
  });
  const kubelet = { instance: "10.0.0.1:10250", container: "app", pod: "cart" };
  const within = await asked("capacity-within", 1, [
    [
      gauge("node_memory_MemTotal_bytes", 10),
      gauge("node_memory_MemAvailable_bytes", 4),
      gauge("container_memory_working_set_bytes", 1, kubelet),
      gauge("container_spec_memory_limit_bytes", 2, kubelet),
      ...["/", "/var/lib/docker"].flatMap((mountpoint) =>
        [["size", 100] as const, ["free", 40] as const, ["avail", 40] as const].map(([what, gib]) =>
          gauge(`node_filesystem_${what}_bytes`, gib, { mountpoint, fstype: "ext4", device: "/dev/vda1" }),
        ),
      ),
    ],
  ]);
  expect(Object.fromEntries(within.resources.map((one) => [one.name, [one.cost?.perMonth, one.within]]))).toEqual({
    "memory on 10.0.0.1:9100": [expect.closeTo(32, 6), undefined],
    "memory app of cart on 10.0.0.1:10250": [undefined, "memory on 10.0.0.1:9100"],
    "disk / on 10.0.0.1:9100": [expect.closeTo(10, 6), undefined],
    "disk /var/lib/docker on 10.0.0.1:9100": [undefined, "disk / on 10.0.0.1:9100"],
  });
  expect(within.costPerMonth).toBeCloseTo(42, 6);
});

it("machines that are only named alike are machines of their own", async () => {
  const clones = await asked("capacity-clones", 1, [
    byAgent("ubuntu"),
    [...byExporter("u1:9100", "ubuntu"), ...byExporter("u2:9100", "ubuntu")],
    byExporter("db:9100", "db"),
  ]);
  expect(clones.hosts).toBe(4);
  expect(namesOf(clones)).toEqual(
    ["db:9100", "u1:9100", "u2:9100", "ubuntu"].flatMap((on) => [`CPU on ${on}`, `disk / on ${on}`]).toSorted(),
  );
});

it("a timer is no use of its longest, what nobody can write to does not fill, and one tenant's quota is not another's", async () => {
  const shop = { job: "shop", uri: "/cart" };
  const timer: Metric[] = [
    { name: "http_server_requests_seconds_count", labels: shop, value: (i) => 40 * i },
    { name: "http_server_requests_seconds_sum", labels: shop, value: (i) => 2 * i },
    { name: "http_server_requests_seconds_max", labels: shop, value: () => 0.2 },
  ];
  const readOnly = ["udf", "xfs"].flatMap((fstype) => {
    const labels = { instance: "a:9100", mountpoint: `/${fstype}`, fstype };
    return [
      { name: "node_filesystem_size_bytes", labels, value: () => GIB },
      { name: "node_filesystem_free_bytes", labels, value: () => 0 },
      { name: "node_filesystem_avail_bytes", labels, value: () => 0 },
      { name: "node_filesystem_readonly", labels, value: () => 1 },
    ];
  });
  const tenants = [
    { name: "tenant_quota", labels: { tenant: "a" }, value: () => 10 },
    { name: "tenant_used", labels: { tenant: "b" }, value: () => 9 },
  ];
  expect((await asked("capacity-no-resource", 1, [[...timer, ...readOnly, ...tenants]])).resources).toEqual([]);
});

it("of a pool what is active is used, and what is left, what was highest, and where all that is new is made have no limit", async () => {
  const spring = { job: "spring", instance: "a:8080" };
  const pool = { ...spring, pool: "HikariPool-1" };
  const metric = (name: string, labels: Metric["labels"], value: Metric["value"]): Metric => ({ name, labels, value });
  const sent = [
    ...["connections", "connections_max"].map((name) => metric(`hikaricp_${name}`, pool, () => 10)),
    metric("hikaricp_connections_active", pool, (i) => i % 4),
    metric("rabbitmq_disk_space_available_bytes", spring, () => 60 * GIB),
    metric("rabbitmq_disk_space_available_limit_bytes", spring, () => GIB / 20),
    metric("system_load1_count", spring, () => 6),
    metric("system_load1_mean", spring, () => 0.3),
    metric("system_load1_max", spring, () => 0.4),
    ...["Eden Space", "Tenured Gen"].flatMap((id) => [
      metric("jvm_memory_used_bytes", { ...spring, id }, (i) => ((i % 9) / 10) * GIB),
      metric("jvm_memory_max_bytes", { ...spring, id }, () => GIB),
    ]),
  ];
  const { resources } = await asked("capacity-pairs", 1, [sent]);
  expect(resources.map(({ name, query }) => `${name}: ${query}`).toSorted()).toEqual([
    "connections hikaricp HikariPool-1 spring on a:8080: hikaricp_connections_active",
    "memory jvm Tenured Gen on a:8080: jvm_memory_used_bytes",
  ]);
});

it("a disk that is sampled every quarter of an hour is there beside those of every minute, at its own time of the day", async () => {
  const admin = sendAs(await tokenOf("capacity-sparse", "admin"));
  const HOUR = 60 * MINUTE;
  const end = Math.floor(Date.now() / (24 * HOUR)) * 24 * HOUR;
  const disk = (host_name: string, everyMs: number, days: number, value: (t: number) => number) =>
    Array.from({ length: (days * 24 * HOUR) / everyMs }, (_, i) => {
      const timestamp = end - (i + 0.5) * everyMs;
      const labels = { host_name, system_filesystem_mountpoint: "/" };
      return [
        { name: "system_filesystem_usage_bytes", labels: { ...labels, system_filesystem_state: "used" }, value: value(timestamp) },
        { name: "system_filesystem_limit_bytes", labels, value: 100 * GIB },
      ].map((metric) => ({ type: "gauge", timestamp, ...metric }));
    }).flat();
  // Its nights are a little fuller.
  const nightly = (t: number): number => GIB * (50 + (new Date(t).getUTCHours() === 3 ? 10 : 0) + ((t / MINUTE) % 7) / 100);
  const sent = [...disk("slow", 15 * MINUTE, 14, nightly), ...disk("fast", MINUTE, 1, () => 20 * GIB)];
  for (let i = 0; i < 28 * 24; i++) {
    const timestamp = end - i * HOUR;
    const value = (new Date(timestamp).getUTCHours() === 3 ? 30 : 20) + (i % 7) / 10;
    sent.push({ name: "room", type: "gauge", labels: { host_name: "r", system_filesystem_mountpoint: "" }, value, timestamp });
  }
  for (let from = 0; from < sent.length; from += 9000)
    expect((await admin("/api/v1/ingest", json("POST", { metrics: sent.slice(from, from + 9000) }))).status).toBe(200);
  expect(namesOf(await (await admin(`/v1/capacity?end=${end}`)).json<CapacityResponse>())).toEqual(["disk / on fast", "disk / on slow"]);
  const query = encodeURIComponent('system_filesystem_usage_bytes{host_name="slow"}');
  const { series } = await (await admin(`/v1/trend?window=14d&end=${end}&query=${query}`)).json<TrendResponse>();
  expect(series).toMatchObject([{ peakHours: [3] }]);
  // In steps of two hours: the samples of 3 and 4 o'clock.
  const month = await (await admin(`/v1/trend?window=28d&end=${end}&query=room`)).json<TrendResponse>();
  expect(month.series).toMatchObject([{ peakHours: [3, 4] }]);
  const both = await (
    await admin(`/v1/trend?window=14d&end=${end}&query=${encodeURIComponent("system_filesystem_usage_bytes*1")}`)
  ).json<TrendResponse>();
  expect(both.series.filter((one) => !("refused" in one))).toHaveLength(2);
});
