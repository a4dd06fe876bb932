import { describe, expect, test } from "vitest";
import { CircuitBreaker } from "../../agent/src/collectors/circuit-breaker.ts";
import { CollectionScheduler } from "../../agent/src/collectors/collection-scheduler.ts";
import type { Collector } from "../../agent/src/collectors/collector.ts";
import { cpuCollector, cpuShares } from "../../agent/src/collectors/cpu.ts";
import { diskIoCollector } from "../../agent/src/collectors/disk-io.ts";
import { filesystemCollector, parseMounts } from "../../agent/src/collectors/filesystem.ts";
import { hostFiles, type HostFiles } from "../../agent/src/collectors/host-files.ts";
import { hostCollectors } from "../../agent/src/collectors/host-collectors.ts";
import { hostStateCollector } from "../../agent/src/collectors/host-state.ts";
import { memoryCollector } from "../../agent/src/collectors/memory.ts";
import { MetricFamily, type Reading } from "../../agent/src/collectors/metric-family.ts";
import { networkCollector } from "../../agent/src/collectors/network.ts";
import { parseProcessStat, processesCollector } from "../../agent/src/collectors/processes.ts";
import { silentLog } from "../../agent/src/log.ts";

const resource = { host_name: "db-1" };

/** A /proc of texts, which a test may change between rounds. */
function fixture(files: Record<string, string>): HostFiles & { files: Record<string, string> } {
  return {
    files,
    read(path) {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT ${path}`);
      return text;
    },
    list: (path) => [
      ...new Set(
        Object.keys(files).flatMap((file) => (file.startsWith(`${path}/`) ? [file.slice(path.length + 1).split("/")[0] ?? ""] : [])),
      ),
    ],
  };
}

const collect = async (collector: Collector, at = 0): Promise<Map<string, number>> =>
  new Map((await collector.collect(at)).map(({ series, value }: Reading) => [own(series.labels), value]));

const own = (labels: Readonly<Record<string, string>>): string => {
  const rest = Object.entries(labels).filter(([name]) => name !== "__name__" && !(name in resource));
  return `${labels["__name__"]}{${rest.map(([name, value]) => `${name}="${value}"`).join(",")}}`;
};

describe("cpu", () => {
  test("is the share of ticks in each mode since the round before, over all cores and per core", async () => {
    const proc = fixture({ "/proc/stat": "cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 100 0 50 800 50 0 0 0 0 0\nintr 1\n" });
    const cpu = cpuCollector(proc, resource);
    expect((await collect(cpu)).size).toBe(0);
    proc.files["/proc/stat"] = "cpu  160 0 70 810 60 0 0 0 0 0\ncpu0 160 0 70 810 60 0 0 0 0 0\nintr 2\n";
    const readings = await collect(cpu, 1000);
    expect(readings.get('system_cpu_utilization_ratio{cpu_mode="user"}')).toBeCloseTo(0.6);
    expect(readings.get('system_cpu_utilization_ratio{cpu_mode="idle"}')).toBeCloseTo(0.1);
    expect(readings.get('system_cpu_logical_utilization_ratio{cpu_logical_number="0",cpu_mode="system"}')).toBeCloseTo(0.2);
  });

  test("idle that steps back, as the kernel warns it may, never makes a share negative", () => {
    expect(cpuShares([0, 0, 0, 100], [10, 0, 0, 90])).toEqual([1, 0, 0, 0]);
    expect(cpuShares([1, 1], [1, 1])).toBeNull();
  });
});

describe("memory", () => {
  const meminfo =
    "MemTotal: 1000 kB\nMemFree: 200 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\nCached: 400 kB\nSwapTotal: 100 kB\nSwapFree: 75 kB\nHugePages_Total: 3\n";
  test("states add up to the host's memory, used being what a new program could not have", async () => {
    const readings = await collect(memoryCollector(fixture({ "/proc/meminfo": meminfo }), resource));
    const shares = ["used", "free", "buffers", "cached"].map(
      (state) => readings.get(`system_memory_utilization_ratio{system_memory_state="${state}"}`) ?? 0,
    );
    expect(shares[0]).toBeCloseTo(0.4);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1);
    expect(readings.get('system_memory_usage_bytes{system_memory_state="used"}')).toBe(400 * 1024);
    expect(readings.get('system_paging_utilization_ratio{system_paging_state="used"}')).toBeCloseTo(0.25);
  });

  test("a kernel without MemAvailable is counted the old way, and no MemTotal is a failure in words", async () => {
    const old = fixture({ "/proc/meminfo": meminfo.replace("MemAvailable: 600 kB\n", "") });
    expect((await collect(memoryCollector(old, resource))).get('system_memory_utilization_ratio{system_memory_state="used"}')).toBeCloseTo(
      0.35,
    );
    expect(() => memoryCollector(fixture({ "/proc/meminfo": "" }), resource).collect(0)).toThrow(/MemTotal/);
  });
});

test("network counts bytes and errors both ways, without loopback, veth ends and interfaces never used", async () => {
  const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 5 5 0 0 0 0 0 0 5 5 0 0 0 0 0 0
  eth0:1500 12 1 2 0 0 0 0 900 8 3 4 0 0 0 0
  ifb0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
veth1a: 7 7 0 0 0 0 0 0 7 7 0 0 0 0 0 0
`;
  const readings = await collect(networkCollector(fixture({ "/proc/net/dev": dev }), resource));
  expect(readings.size).toBe(8);
  expect(readings.get('system_network_io_bytes_total{network_interface_name="eth0",network_io_direction="transmit"}')).toBe(900);
  expect(readings.get('system_network_errors_total{network_interface_name="eth0",network_io_direction="transmit"}')).toBe(3);
});

test("disk counts bytes of whole disks, not their partitions", async () => {
  const stats =
    " 254 0 vda 10 0 100 500 20 0 200 1500 0 700 2000\n 254 1 vda1 10 0 100 500 20 0 200 1500 0 700 2000\n   7 0 loop0 1 0 1 1 1 0 1 1 0 1 1\n";
  const readings = await collect(diskIoCollector(fixture({ "/proc/diskstats": stats, "/sys/block/vda/size": "1" }), resource));
  expect(readings.get('system_disk_io_bytes_total{system_device="vda",disk_io_direction="write"}')).toBe(200 * 512);
  expect(readings.get('system_disk_io_time_seconds_total{system_device="vda"}')).toBe(0.7);
  expect([...readings.keys()].filter((key) => key.includes("vda1") || key.includes("loop"))).toEqual([]);
});

describe("filesystem", () => {
  const mounts =
    "/dev/vda / ext4 rw 0 0\n/dev/vda /bind ext4 rw 0 0\nproc /proc proc rw 0 0\nnas:/x /mnt nfs4 rw 0 0\n/dev/sdb /mnt/my\\040disk xfs rw 0 0\n";
  test("each disk once, under its first mount, with escapes undone; network and kernel file systems are left alone", () => {
    expect(parseMounts(mounts).map((mount) => mount.point)).toEqual(["/", "/mnt/my disk"]);
  });

  test("utilisation is what df shows, and one that cannot be read leaves the others", async () => {
    const sizeOf = (path: string) =>
      path === "/"
        ? Promise.resolve({ bsize: 4096, blocks: 100, bfree: 40, bavail: 30, files: 10, ffree: 5 })
        : Promise.reject(new Error("EACCES"));
    const readings = await collect(filesystemCollector(fixture({ "/proc/mounts": mounts }), resource, sizeOf));
    const place = 'system_device="/dev/vda",system_filesystem_mountpoint="/",system_filesystem_type="ext4"';
    expect(readings.get(`system_filesystem_utilization_ratio{${place},system_filesystem_state="used"}`)).toBeCloseTo(60 / 90);
    expect(readings.get(`system_filesystem_usage_bytes{${place},system_filesystem_state="free"}`)).toBe(30 * 4096);
    expect([...readings.keys()].some((key) => key.includes("my disk"))).toBe(false);
  });
});

test("host state: load, uptime, file handles without the kernel's word for no limit, temperature", async () => {
  const readings = await collect(
    hostStateCollector(
      fixture({
        "/proc/loadavg": "0.50 1.25 2.00 1/99 1234\n",
        "/proc/uptime": "3600.25 100.0\n",
        "/proc/sys/fs/file-nr": "1024\t0\t9223372036854775807\n",
        "/proc/vmstat": "pswpin 3\npswpout 4\n",
        "/sys/class/thermal/thermal_zone0/temp": "48500\n",
        "/sys/class/thermal/thermal_zone0/type": "x86_pkg_temp\n",
      }),
      resource,
    ),
  );
  expect(readings.get("system_cpu_load_average_5m{}")).toBe(1.25);
  expect(readings.get("system_uptime_seconds{}")).toBe(3600.25);
  expect(readings.get("system_filehandle_count{}")).toBe(1024);
  expect(readings.has("system_filehandle_limit{}")).toBe(false);
  expect(readings.get('hw_temperature_celsius{hw_id="thermal_zone0",hw_name="x86_pkg_temp"}')).toBe(48.5);
});

describe("processes", () => {
  const stat = (pid: number, name: string, state: string, ticks: number, pages: number, start = 7): string =>
    `${pid} (${name}) ${state} 1 1 1 0 -1 0 0 0 0 0 ${ticks} 0 0 0 20 0 1 0 ${start} 1000 ${pages} 0`;

  test("a name may hold spaces and brackets", () => {
    expect(parseProcessStat(stat(9, "a) (b c", "S", 5, 2))).toMatchObject({
      pid: "9",
      name: "a) (b c",
      state: "sleeping",
      ticks: 5,
      rssPages: 2,
    });
    expect(parseProcessStat("nonsense")).toBeNull();
  });

  test("programs of one name count together, a reused pid counts from its birth, and only the busiest are told", async () => {
    const proc = fixture({
      "/proc/1/stat": stat(1, "init", "S", 100, 10),
      "/proc/2/stat": stat(2, "node", "R", 500, 30),
      "/proc/3/stat": stat(3, "node", "S", 50, 30),
      "/proc/net/dev": "",
    });
    const processes = processesCollector(proc, resource, 1);
    const first = await collect(processes, 0);
    expect(first.get('system_process_count{process_state="sleeping"}')).toBe(2);
    expect(first.get('process_top_memory_usage_bytes{process_executable_name="node"}')).toBe(60 * 4096);
    proc.files["/proc/2/stat"] = stat(2, "node", "R", 900, 30);
    proc.files["/proc/3/stat"] = stat(3, "node", "R", 100, 30, 99);
    const second = await collect(processes, 10_000);
    expect(second.get('process_top_cpu_utilization_ratio{process_executable_name="node"}')).toBeCloseTo(0.5);
    expect([...second.keys()].filter((key) => key.startsWith("process_top_cpu"))).toHaveLength(1);
  });
});

test("series of one family keep their identity, by which the frame encoder knows them", () => {
  const family = new MetricFamily(resource, "m", "gauge", "", "", ["a"]);
  expect(family.at("x").labels).toBe(family.at("x").labels);
  expect(family.at("x").labels).not.toBe(family.at("y").labels);
});

describe("circuit breaker", () => {
  test("opens after three failures in a row, tries once after its pause, and waits longer each time", () => {
    const breaker = new CircuitBreaker();
    expect([breaker.failed(0), breaker.failed(0), breaker.failed(0)]).toEqual([false, false, true]);
    expect([breaker.allows(9999), breaker.allows(10_000)]).toEqual([false, true]);
    breaker.failed(10_000);
    expect([breaker.allows(29_999), breaker.allows(30_000)]).toEqual([false, true]);
    breaker.succeeded();
    expect([breaker.allows(30_001), breaker.open]).toEqual([true, false]);
  });
});

describe("scheduler", () => {
  const family = new MetricFamily(resource, "m", "gauge", "", "", ["of"]);
  const collector = (name: string, run: () => Promise<void> | void, intervalMs = 1000): Collector => ({
    name,
    intervalMs,
    timeoutMs: 500,
    collect: () => {
      const ran = run();
      return ran === undefined ? [family.read(1, name)] : ran.then(() => [family.read(1, name)]);
    },
  });
  const never = (): Promise<void> => new Promise(() => undefined);

  function schedule(...collectors: Collector[]) {
    const clock = { now: 0 };
    const delivered: string[] = [];
    const scheduler = new CollectionScheduler(collectors, {
      monotonic: () => clock.now,
      timeout: () => ({ expired: Promise.reject(new Error("no answer within 500 ms")), cancel: () => undefined }),
      log: silentLog,
      deliver: (readings) => delivered.push(...readings.map((reading) => reading.series.labels["of"] ?? "")),
    });
    return { clock, delivered, scheduler };
  }

  test("each collector runs on its own interval", async () => {
    const { clock, delivered, scheduler } = schedule(
      collector("fast", () => undefined),
      collector("slow", () => undefined, 10_000),
    );
    for (clock.now = 0; clock.now < 20_000; clock.now += 1000) await scheduler.tick();
    expect(delivered.filter((name) => name === "fast")).toHaveLength(20);
    expect(delivered.filter((name) => name === "slow")).toHaveLength(2);
  });

  test("one that throws and one that hangs leave the others running, and are left alone after three failures", async () => {
    let tries = 0;
    const { clock, delivered, scheduler } = schedule(
      collector("broken", () => {
        tries++;
        throw new Error("no such file");
      }),
      collector("hung", never),
      collector("good", () => undefined),
    );
    for (clock.now = 0; clock.now < 9000; clock.now += 1000) await scheduler.tick();
    expect(delivered).toEqual(Array.from({ length: 9 }, () => "good"));
    expect(tries).toBe(3);
    expect(scheduler.status().map((one) => one.open)).toEqual([true, true, false]);
  });

  test("rounds missed while the host slept are not made up", async () => {
    const { clock, delivered, scheduler } = schedule(collector("fast", () => undefined));
    await scheduler.tick();
    clock.now = 3_600_500;
    await scheduler.tick();
    await scheduler.tick();
    expect(delivered).toHaveLength(2);
    expect(scheduler.nextDueAt()).toBe(3_601_000);
  });
});

test.runIf(process.platform === "linux")("this host answers every collector", async () => {
  const collectors = await hostCollectors(resource, "linux", 5);
  const readings: Reading[] = [];
  for (const one of collectors) readings.push(...(await one.collect(performance.now())));
  const names = new Set(readings.map((reading) => reading.series.labels["__name__"]));
  for (const name of ["system_memory_utilization_ratio", "system_cpu_load_average_1m", "system_process_count"])
    expect(names).toContain(name);
  expect(readings.every((reading) => Number.isFinite(reading.value))).toBe(true);
  expect(hostFiles.list("/no/such/place")).toEqual([]);
});
