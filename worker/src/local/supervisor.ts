import { cpSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { spokenDuration } from "@sightline/shared/model/duration";
import { ensureAdminToken } from "./admin-token.ts";
import { supervise } from "./child-process.ts";
import type { Supervised } from "./child-process.ts";
import { ClockWatch, requireClock } from "./clock-watch.ts";
import { mendDatabases, noteDatabases } from "./damaged-database.ts";
import { announceLocalServer, type LocalServer } from "./local-file.ts";
import { defineDemoSlos } from "./demo.ts";
import { lockDirectory } from "./lock-file.ts";
import type { Log } from "./log.ts";
import { makeFolder } from "./make-folder.ts";
import type { StartOptions } from "./options.ts";
import { requireFreePort } from "./free-port.ts";
import { whenReady } from "./readiness.ts";
import { reclaimFreePages } from "./reclaim.ts";
import { inWords, requireRoom } from "./room-on-disk.ts";
import { workerdConfig } from "./workerd-config.ts";

/** What the build left, absolute paths. */
export interface Artifacts {
  readonly workerd: string;
  /** A directory with `index.js` and the modules it imports. */
  readonly worker: string;
  readonly workerModules: readonly string[];
  readonly compatibilityDate: string;
  readonly agent: string;
  readonly shop: string;
}

export interface RunningStack {
  readonly url: string;
  readonly tokenFile: string;
  stop(): Promise<void>;
}

const GRACE_MS = 5_000;
const CLOCK_EVERY_MS = 1_000;

const kindOf = (module: string) => (module.endsWith(".wasm") ? "wasm" : module.endsWith(".js") ? "esModule" : "text");

/** Starts workerd, then the agent and the demo once it answers. Rejects, with everything stopped again, when it never does, and in words when the disk is full or read-only. */
export async function startStack(options: StartOptions, artifacts: Artifacts, log: Log): Promise<RunningStack> {
  const directory = resolve(options.dataDirectory);
  try {
    requireClock(artifacts.compatibilityDate, Date.now());
    requireRoom(directory, growthOf(directory, artifacts));
    return await start(directory, options, artifacts, log);
  } catch (error) {
    throw inWords(error, directory);
  }
}

async function start(directory: string, options: StartOptions, artifacts: Artifacts, log: Log): Promise<RunningStack> {
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  // 0.0.0.0 and :: are where it listens, not where it can be reached.
  const reachable = options.host === "0.0.0.0" || options.host === "::" ? "127.0.0.1" : host;
  const url = `http://${reachable}:${options.port}`;
  const lock = lockDirectory(directory, url, process.pid);
  const children: Supervised[] = [];
  let retract = (): void => undefined;
  let clock: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(clock);
    retract();
    // The senders first, so that their last frames find a server.
    for (const child of children.splice(0).toReversed()) await child.stop(GRACE_MS);
    try {
      noteDatabases(join(directory, "objects"));
    } catch (error) {
      log.write("warn", "could not note which databases there are", { reason: (error as Error).message });
    }
    lock.release();
  };
  try {
    await requireFreePort(options.host, options.port);
    const admin = ensureAdminToken(directory);
    const objects = join(directory, "objects");
    makeFolder(objects);
    const damage = mendDatabases(objects, new Date(), log);
    reclaimFreePages(objects, log);
    const archive = options.archiveDirectory === null ? null : resolve(options.archiveDirectory);
    if (archive !== null) makeFolder(archive);
    const folders = [`--directory-path=state=${objects}`, ...(archive === null ? [] : [`--directory-path=archive=${archive}`])];
    const program = layOutProgram(directory, options, artifacts, {
      ADMIN_TOKEN_SHA256: admin.sha256,
      ...(damage.length === 0 ? {} : { DAMAGE: JSON.stringify(damage) }),
    });
    const listening = Promise.withResolvers<void>();
    const workerd = supervise({
      name: "workerd",
      command: artifacts.workerd,
      args: ["serve", program, ...folders, `--socket-addr=http=${host}:${options.port}`, "--control-fd=3"],
      onStarted: (pid) => {
        try {
          lock.noteWorkerd(pid);
        } catch (error) {
          log.write("warn", "could not note the server's process", { reason: (error as Error).message });
        }
      },
      onControl: (line) => {
        if (line.includes('"listen"')) listening.resolve();
      },
      log,
    });
    children.push(workerd);
    const watch = new ClockWatch(Date.now(), performance.now());
    clock = setInterval(() => {
      const back = watch.putBackMs(Date.now(), performance.now());
      if (back === 0) return;
      log.write(
        "warn",
        `the clock was put back by ${spokenDuration(back)}: workerd is started again, or what waits in it would wait as long`,
      );
      workerd.restart();
    }, CLOCK_EVERY_MS);
    await whenReady(listening.promise, url, admin.token, (seconds) =>
      log.write("info", "reading what is in the log of the last run; the server answers when it is done", { seconds }),
    );
    retract = announced({ url, tokenFile: admin.file, pid: process.pid }, log);
    const environment = { SIGHTLINE_URL: url, SIGHTLINE_TOKEN_FILE: admin.file };
    const node = (name: string, args: readonly string[]) => supervise({ name, command: process.execPath, args, environment, log });
    if (options.agent) children.push(node("agent", [...NODE_FLAGS, artifacts.agent, "agent", "--spool-dir", join(directory, "spool")]));
    if (options.demo) {
      await defineDemoSlos(url, admin.token);
      children.push(node("shop", [artifacts.shop]));
    }
    return { url, tokenFile: admin.file, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Interpreted, with a small young generation: the agent does little, and memory is what it must not take (66 MB against 77 compiled). */
const NODE_FLAGS = ["--lite-mode", "--max-semi-space-size=1", "--max-old-space-size=64"];

const isAnyAddress = (host: string): boolean => host === "0.0.0.0" || host === "::";

/** A server that editor and command line do not find by themselves runs all the same. */
function announced(server: LocalServer, log: Log): () => void {
  try {
    return announceLocalServer(homedir(), server);
  } catch (error) {
    log.write("warn", "could not tell editor and command line of this server", { reason: inWords(error, homedir()).message });
    return () => undefined;
  }
}

/** By how much the copy of the program will be larger than the one of the start before, bytes. */
function growthOf(directory: string, { worker, workerModules }: Artifacts): number {
  const sizeOf = (folder: string, module: string): number => statSync(join(folder, module), { throwIfNoEntry: false })?.size ?? 0;
  return workerModules.reduce((sum, module) => sum + sizeOf(worker, module) - sizeOf(join(directory, "program"), module), 0);
}

/** A copy of the bundle beside its configuration, so that a restart of workerd runs what was started, whatever is built meanwhile. */
function layOutProgram(directory: string, options: StartOptions, artifacts: Artifacts, found: Readonly<Record<string, string>>): string {
  const program = join(directory, "program");
  rmSync(program, { recursive: true, force: true });
  makeFolder(program);
  for (const module of artifacts.workerModules) cpSync(join(artifacts.worker, module), join(program, module));
  const file = join(program, "workerd.capnp");
  const config = workerdConfig({
    bindings: {
      ...found,
      PROFILE: "local",
      STARTED_AT: new Date().toISOString(),
      ...(options.storeOnly ? { STORE_ONLY: "1" } : {}),
      ...(options.outOfOrderWindow === null ? {} : { OUT_OF_ORDER_WINDOW: options.outOfOrderWindow }),
      ...(options.duplicatePolicy === null ? {} : { DUPLICATE_POLICY: options.duplicatePolicy }),
      ...(options.storageGB === null ? {} : { STORAGE_GB: options.storageGB }),
      ...(options.features.length > 0 ? { ENABLE_FEATURE: options.features.join(",") } : {}),
      EXTERNAL_URL: options.externalUrl ?? `http://${isAnyAddress(options.host) ? "localhost" : options.host}:${options.port}`,
      ...(options.allowOutbound.length > 0 ? { ALLOW_OUTBOUND: options.allowOutbound.join(",") } : {}),
    },
    compatibilityDate: artifacts.compatibilityDate,
    allowOutbound: options.allowOutbound,
    archive: options.archiveDirectory !== null,
    modules: artifacts.workerModules.map((name) => ({ name, path: name, kind: kindOf(name) })),
  });
  writeFileSync(file, config, { mode: 0o600 });
  return file;
}
