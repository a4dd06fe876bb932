import { createHash } from "node:crypto";
import { openProject } from "../../worker/src/project/project-core.ts";
import type { ProjectPorts } from "../../worker/src/project/project-ports.ts";
import { RecordingDatabase } from "./pipeline/recording-database.ts";

/** A project without shipped rules whose messages can be looked at, and whose clock stands until it is turned. */
export function openRecorded<Database extends RecordingDatabase>(
  database: Database = new RecordingDatabase() as Database,
): { readonly database: Database; readonly ports: ProjectPorts; readonly clock: { now: number } } {
  const clock = { now: 1_000_000 };
  let counter = 0;
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const randomBytes = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    new DataView(bytes.buffer).setUint32(0, ++counter);
    return bytes;
  };
  const ports = openProject(
    { database, now: () => clock.now, randomBytes, sha256: hash, hmacSha256: (key, text) => hash(key + text) },
    "p",
    [],
  );
  return { database, ports, clock };
}
