import { createHash, createHmac } from "node:crypto";
import type { Principal } from "@sightline/shared/model/principal";
import type { RuleGroup } from "@sightline/shared/model/rule";
import { openProject } from "../../worker/src/project/project-core.ts";
import type { ProjectPorts } from "../../worker/src/project/project-ports.ts";
import { NodeDatabase } from "../support/node-database.ts";

export interface TestProject {
  readonly ports: ProjectPorts;
  /** The clock; tests turn it. */
  readonly clock: { now: number };
}

export const ADMIN: Principal = { project: "p", tokenId: "t", tokenName: "admin", role: "admin" };

export function projectInMemory(shipped: readonly RuleGroup[] = []): TestProject {
  const clock = { now: 1_000_000 };
  let counter = 0;
  const surroundings = {
    database: new NodeDatabase(),
    now: () => clock.now,
    randomBytes: (length: number) => new Uint8Array(length).fill(++counter),
    sha256: (text: string) => createHash("sha256").update(text).digest("hex"),
    hmacSha256: (key: string, text: string) => createHmac("sha256", key).update(text).digest("hex"),
  };
  return { ports: openProject(surroundings, "p", shipped), clock };
}
