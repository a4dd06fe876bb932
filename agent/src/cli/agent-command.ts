import { homedir, hostname } from "node:os";
import { parseArgs } from "node:util";
import { CONFIG_FLAGS, loadConfig } from "../config/load-config.ts";
import { lineLog } from "../log.ts";
import { type AgentHandle, runAgent } from "../main.ts";
import { SpoolInUse } from "../spool/hold-directory.ts";
import { readTextFile } from "./read-text-file.ts";

/** What a command sees of the process. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
}

export const AGENT_USAGE = `sightline agent [options]     report this host until stopped
  --url URL                  server (SIGHTLINE_URL; default http://127.0.0.1:8787)
  --token TOKEN              (SIGHTLINE_TOKEN)
  --token-file FILE          file that holds the token (SIGHTLINE_TOKEN_FILE)
  --config FILE              YAML (SIGHTLINE_CONFIG; default sightline.yaml, if there)
  --spool-dir DIR            (SIGHTLINE_SPOOL_DIR; default ~/.sightline/spool)
  --spool-max-bytes N        (SIGHTLINE_SPOOL_MAX_BYTES; default 268435456)
  --host-name NAME           (SIGHTLINE_HOST_NAME)
  --service-name NAME        (SIGHTLINE_SERVICE_NAME; default sightline-agent)
  --labels a=b,c=d           labels for every series (SIGHTLINE_LABELS)
  --disable-collectors a,b   (SIGHTLINE_DISABLE_COLLECTORS)
  --top-processes N          (SIGHTLINE_TOP_PROCESSES; default 5)
  --log-format text|json     (SIGHTLINE_LOG_FORMAT)
Flags win over the environment, the environment over the file.
`;

/** Runs until `io.signal`; resolves to the exit code: 0, or 2 for a configuration that cannot be used, or a spool that another process has. */
export async function agentCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  let flags: Record<string, string | undefined>;
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { ...Object.fromEntries(CONFIG_FLAGS.map((flag) => [flag, { type: "string" } as const])), help: { type: "boolean" } },
    });
    if (values["help"] === true) {
      io.out(AGENT_USAGE);
      return 0;
    }
    flags = Object.fromEntries(Object.entries(values).map(([flag, value]) => [flag, typeof value === "string" ? value : undefined]));
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : String(error)}\n\n${AGENT_USAGE}`);
    return 2;
  }
  const config = loadConfig({
    flags,
    environment: io.environment,
    readFile: readTextFile,
    home: homedir(),
    hostName: hostname(),
  });
  if (!config.ok) {
    io.err(`sightline agent: ${config.error.message}\n`);
    return 2;
  }
  let agent: AgentHandle;
  try {
    agent = await runAgent(
      config.value,
      lineLog((line) => io.err(`${line}\n`), config.value.logFormat, Date.now),
    );
  } catch (error) {
    if (!(error instanceof SpoolInUse)) throw error;
    io.err(`sightline agent: ${error.message} --spool-dir (SIGHTLINE_SPOOL_DIR)\n`);
    return 2;
  }
  await new Promise<void>((resolve) => {
    if (io.signal.aborted) resolve();
    else io.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await agent.stop();
  return 0;
}
