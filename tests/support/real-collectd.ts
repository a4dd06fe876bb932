import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PLUGINS = "/usr/lib/collectd";

/** Why a real collectd cannot run here, or null. Debian's write_http speaks JSON alone; line protocol it writes over UDP. */
export const collectdMissing = (): string | null =>
  existsSync("/usr/sbin/collectd") && existsSync(join(PLUGINS, "write_influxdb_udp.so"))
    ? null
    : "collectd is not installed (Debian package collectd-core)";

export interface RealCollectd {
  stop(): Promise<void>;
}

/** Debian's collectd, measuring this host every second; `lines` gets each datagram of line protocol, times in ms. */
export async function startCollectd(host: string, lines: (text: string) => void): Promise<RealCollectd> {
  const directory = mkdtempSync(join(tmpdir(), "sightline-collectd-"));
  const socket = createSocket("udp4");
  socket.on("message", (message) => lines(message.toString("utf8")));
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const configuration = join(directory, "collectd.conf");
  writeFileSync(
    configuration,
    `BaseDir "${directory}"
PIDFile "${directory}/pid"
PluginDir "${PLUGINS}"
TypesDB "/usr/share/collectd/types.db"
Interval 1
Hostname "${host}"
LoadPlugin cpu
LoadPlugin load
LoadPlugin memory
LoadPlugin interface
LoadPlugin write_influxdb_udp
<Plugin write_influxdb_udp>
  Server "127.0.0.1" "${socket.address().port}"
</Plugin>
`,
  );
  const child = spawn("/usr/sbin/collectd", ["-f", "-C", configuration], { stdio: "ignore" });
  return {
    async stop() {
      const exit = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGTERM")) await exit;
      await new Promise<void>((resolve) => socket.close(() => resolve()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
