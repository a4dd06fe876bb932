/** Everything the agent can be told. */
export interface AgentConfig {
  /** http(s)://HOST[:PORT] of the server. */
  readonly url: string;
  readonly token: string | null;
  readonly spoolDir: string;
  /** Bytes of the spool before its oldest frames go. */
  readonly spoolMaxBytes: number;
  readonly hostName: string;
  readonly serviceName: string;
  /** More labels for every series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Names of collectors to leave out. */
  readonly disabledCollectors: readonly string[];
  readonly topProcesses: number;
  readonly logFormat: "text" | "json";
}

export const COLLECTOR_NAMES = ["cpu", "memory", "network", "host_state", "filesystem", "disk_io", "processes"] as const;
