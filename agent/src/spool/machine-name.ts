import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

/** Tells machines apart, also those that were made of one image: a hash of the host's name and, where the system has it, of its machine id. */
export function machineName(hostName: string): string {
  let id = "";
  try {
    id = readFileSync("/etc/machine-id", "utf8").trim();
  } catch {
    // Not every system has one.
  }
  return createHash("sha256").update(`${hostName}\n${id}`).digest("hex").slice(0, 16);
}
