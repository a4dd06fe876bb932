import { homedir, hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { loadConfig } from "../config/load-config.ts";
import { ImportStopped } from "../import/frame-sender.ts";
import { UnreadableSource } from "../import/import-source.ts";
import { hasUnreadLog, IMPORT_FORMATS, type ImportFormat, openSources } from "../import/open-source.ts";
import { type ImportOutcome, importSource } from "../import/run-import.ts";
import type { CommandIo } from "./agent-command.ts";
import { readTextFile } from "./read-text-file.ts";

export const IMPORT_USAGE = `sightline import [options] PATH…   bring samples of elsewhere to the server
  PATH is a block or the data folder of Prometheus, a dump in Prometheus text or OpenMetrics with times,
  JSON lines of /v1/export or of VictoriaMetrics' /api/v1/export, CSV of /v1/export, or Influx line protocol
  with times; files may end in .gz
  --format ${IMPORT_FORMATS.join("|")}   default: told by what is there
  --url URL, --token TOKEN, --token-file FILE      as for the agent
Run again after a break, it goes on where it was; a source of which the server refused something is sent again as a
whole. Ends with 0 when every sample read is on the server, 1 when some were refused or it had to stop, 2 when it cannot
begin. With an administrator's token it may bring history of series that have live samples already, and replaces what
is there at the same times; with another's, what is more than 30 min behind the newest sample of its series is refused.
What is older than the retention always is.
`;

const UNREAD_LOG =
  "what is only in its write-ahead log (wal/), the last two to three hours, was not read; take a snapshot (/api/v1/admin/tsdb/snapshot) and import that";
const REPORT_EVERY_MS = 2000;
const number = (value: number): string => value.toLocaleString("en-US");

const lostText = (samples: number, parts: number): string =>
  parts === 0 ? number(samples) : `${number(samples)} and ${number(parts)} chunks of unknown size`;

function report(name: string, { sent, alreadyThere, refused }: ImportOutcome): string {
  const lost = lostText(
    Object.values(refused).reduce((sum, { samples }) => sum + samples, 0),
    Object.values(refused).reduce((sum, { parts }) => sum + parts, 0),
  );
  const before = alreadyThere === 0 ? "" : `, ${number(alreadyThere)} there from a run before`;
  const details = Object.entries(refused).map(
    ([code, { samples, parts, message }]) => `  refused ${lostText(samples, parts)} ${code}: ${message}\n`,
  );
  return `${name}: ${number(sent)} samples sent${before}, ${lost} refused\n${details.join("")}`;
}

/** Resolves to the exit code. */
export async function importCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  let options: {
    readonly paths: readonly string[];
    readonly format: ImportFormat | null;
    readonly flags: Record<string, string | undefined>;
  };
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        url: { type: "string" },
        token: { type: "string" },
        "token-file": { type: "string" },
        config: { type: "string" },
        format: { type: "string" },
        help: { type: "boolean" },
      },
    });
    if (values.help === true) {
      io.out(IMPORT_USAGE);
      return 0;
    }
    const format = values.format === undefined ? null : IMPORT_FORMATS.find((one) => one === values.format);
    if (format === undefined) throw new Error(`--format ${values.format ?? ""} is not known; there are ${IMPORT_FORMATS.join(", ")}`);
    if (positionals.length === 0) throw new Error("say what to import: a file or a folder");
    const { url, token, config } = values;
    options = { paths: positionals, format, flags: { url, token, config, "token-file": values["token-file"] } };
  } catch (error) {
    io.err(`sightline import: ${error instanceof Error ? error.message : String(error)}\n\n${IMPORT_USAGE}`);
    return 2;
  }
  const config = loadConfig({
    flags: options.flags,
    environment: io.environment,
    readFile: readTextFile,
    home: homedir(),
    hostName: hostname(),
  });
  if (!config.ok) {
    io.err(`sightline import: ${config.error.message}\n`);
    return 2;
  }
  const ports = {
    fetch,
    sleep: (ms: number): Promise<void> => sleep(ms, undefined, { signal: io.signal }),
    random: Math.random,
    monotonic: () => performance.now(),
    waiting: (reason: string, ms: number) => io.err(`${reason}; again in ${(ms / 1000).toFixed(1)} s\n`),
  };
  let whole = true;
  for (const path of options.paths) {
    try {
      for (const source of await openSources(path, options.format)) {
        const started = performance.now();
        let told = started;
        const progress = (samples: number): void => {
          if (io.signal.aborted) throw new ImportStopped("interrupted; run the same command again, it goes on from here");
          const now = performance.now();
          if (now - told < REPORT_EVERY_MS) return;
          told = now;
          io.err(`${source.name}: ${number(samples)} samples, ${number(Math.round((samples / (now - started)) * 1000))} a second\n`);
        };
        const outcome = await importSource(source, config.value, ports, progress);
        io.out(report(source.name, outcome));
        if (Object.keys(outcome.refused).length > 0) whole = false;
      }
      if (hasUnreadLog(path)) io.err(`${path}: ${UNREAD_LOG}\n`);
    } catch (error) {
      if (!(error instanceof ImportStopped || error instanceof UnreadableSource || io.signal.aborted)) throw error;
      io.err(`sightline import: ${path}: ${error instanceof Error ? error.message : String(error)}\n`);
      if (io.signal.aborted) return 1;
      whole = false;
    }
  }
  return whole ? 0 : 1;
}
