import type { SqlDatabase } from "../storage/sql-database.ts";

/** What the control plane needs of its surroundings. */
export interface ProjectPorts {
  readonly database: SqlDatabase;
  /** The project's name, as in its tokens. */
  readonly project: string;
  /** Ms since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** Hex. Synchronous, because hashes are taken inside transactions. */
  readonly sha256: (text: string) => string;
  /** Whether rules may use experimental functions of PromQL; not where absent. */
  readonly experimentalFunctions?: boolean;
  /** Groups of one receiver that wait before they are told in one message; absent: the product's own number. */
  readonly foldsFrom?: number;
  /** Rows are looked over for damage at opening; where absent the platform keeps them sound, and to read them all would cost. */
  readonly looksForDamage?: boolean;
  /** Hex. */
  readonly hmacSha256: (key: string, text: string) => string;
}

/** Unpadded base64url. */
export function base64url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** An identifier of 96 random bits. */
export const newId = (ports: ProjectPorts): string => base64url(ports.randomBytes(12));

/** A random UUID (RFC 9562, version 4), where clients of other systems expect one. */
export function newUuid(ports: Pick<ProjectPorts, "randomBytes">): string {
  const bytes = ports.randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
