/** What differs between the Node extension host and the browser's. */
import type { OpenSource } from "../live/session.ts";

/** A server that runs on the machine of the extension host, found by `~/.sightline/local.json`. */
export interface LocalServer {
  readonly url: string;
  readonly token: string;
}

export interface StartCommand {
  readonly command: string;
  /** Directory to run it in; the terminal's own when absent. */
  readonly cwd?: string;
}

export interface Platform {
  readonly openSource: OpenSource;
  /** Null when none runs, or when it cannot be known here. */
  readonly findLocalServer: () => Promise<LocalServer | null>;
  /** How to start one from these workspace folders; null where no process can be started. */
  readonly startCommand: (folders: readonly string[]) => Promise<StartCommand | null>;
}
