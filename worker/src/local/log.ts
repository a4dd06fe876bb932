type LogLevel = "info" | "warn" | "error";

export interface Log {
  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Text for people, one JSON object a line for collectors; both to `out`, times in RFC 3339. */
export function createLog(format: "text" | "json", out: (line: string) => void, now: () => number): Log {
  return {
    write(level, message, fields = {}) {
      if (format === "json") {
        out(JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields }));
        return;
      }
      const detail = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`);
      out(`${level === "info" ? "" : `${level}: `}${message}${detail.join("")}`);
    },
  };
}
