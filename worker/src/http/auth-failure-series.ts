import type { SampleBatch } from "@sightline/shared/model/sample";
import { appendSamples } from "./append-samples.ts";
import type { Env } from "../env.ts";

/**
 * Refused tokens as a series of the project they name, so that a rule can watch them. Written at most every 10 s per
 * isolate and project, so that guessing costs the guesser more than us.
 */

const EVERY_MS = 10_000;
const PROJECTS = 256;
const pending = new Map<string, { failures: number; writtenAt: number }>();

/** Notes one refusal; returns the write when one is due. `project` must exist: strangers don't make projects. */
export function noteAuthFailure(env: Env, project: string, now: number): Promise<void> | null {
  if (pending.size >= PROJECTS && !pending.has(project)) pending.clear();
  const noted = pending.get(project) ?? { failures: 0, writtenAt: 0 };
  pending.set(project, noted);
  noted.failures++;
  if (now - noted.writtenAt < EVERY_MS) return null;
  const { failures } = noted;
  noted.failures = 0;
  noted.writtenAt = now;
  return write(env, project, failures, now);
}

async function write(env: Env, project: string, failures: number, now: number): Promise<void> {
  const sender = "_worker";
  const batch: SampleBatch = {
    series: [
      {
        labels: { __name__: "sightline_auth_failures_total", job: "sightline" },
        metadata: { type: "counter", unit: "", help: "Requests refused for a wrong, expired or revoked token." },
        temporality: "delta",
        timestamps: Float64Array.of(now),
        values: Float64Array.of(failures),
      },
    ],
  };
  // Lost failures are no reason to fail the refusal itself.
  await appendSamples(env, { project, tokenId: sender, sender }, batch).catch(() => undefined);
}
