/** One line each, for people who run the agent. */
export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

export const lineLog = (write: (line: string) => void, format: "text" | "json", now: () => number): Log => {
  const line = (level: string, message: string): void =>
    write(
      format === "json"
        ? JSON.stringify({ time: new Date(now()).toISOString(), level, source: "agent", message })
        : `${new Date(now()).toISOString()} ${level} agent: ${message}`,
    );
  return { info: (message) => line("info", message), warn: (message) => line("warn", message) };
};

export const silentLog: Log = { info: () => undefined, warn: () => undefined };
