import { parseDuration } from "@sightline/shared/model/duration";
import { DUPLICATE_POLICIES } from "../storage/duplicate-policy.ts";
import type { ArchiveBounds } from "../storage/run-archive.ts";
import type { StoreBounds } from "../storage/series-store.ts";
import type { GateBounds } from "./ingest-gate.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Bounds and group-commit waits of a deployment; every bound has a named refusal. */
export interface ShardProfile {
  readonly store: StoreBounds;
  readonly gate: GateBounds;
  /** Ms a request waits for others to share its commit. */
  readonly requestWaitMs: number;
  /** Ms frames wait; longer where rows written are the bill. */
  readonly frameWaitMs: number;
  /** FRAMEs a sender may have under way. */
  readonly window: number;
  readonly maxSamplesTouched: number;
  readonly maxPointsPerSeries: number;
  /** Samples and values that one query may hold at a time. */
  readonly maxQueryBytes: number;
  /** Steps of range queries that are kept for the next time they are asked. */
  readonly resultCacheBytes: number;
  readonly maxAnswerBytes: number;
  /** What one query may bring from the archive; a row is one request to it. */
  readonly archiveReads: ArchiveBounds;
  /** Series that may have the rich tier of anomaly detection at a time, where few are sent. */
  readonly richSeries: number;
  /** Queries may use what Prometheus has behind `promql-experimental-functions`. */
  readonly experimentalFunctions: boolean;
  /** Memory for remote write's label sets, above which they are all learned anew. */
  readonly kernelBytes: number;
}

const STORE: StoreBounds = {
  // A sender that fills four fifths of it is divided: 100,000 series stay in one shard.
  maxSeries: 150_000,
  maxSeriesPerMetric: 30_000,
  // 850 of its own for each series; usual ones have 50 to 100.
  maxLabelBytes: 128 * 1024 * 1024,
  headSamples: 1_000_000,
  // 2 to 4 ms in 10,000 series, 5 to 8 in 100,000.
  sliceSamples: 50_000,
  headBytes: 96 * 1024 * 1024,
  headAgeMs: 120 * MINUTE,
  retentionMs: 30 * DAY,
  rollupRetentionMs: [90 * DAY, 365 * DAY, 1826 * DAY],
  // At 15 s and more between samples the finer tiers would add more than a third to raw samples: they are read themselves.
  aggregateSamples: 25,
  // An object holds 10 GB, and what is freed is reused but not given back.
  maxBytes: 9_000_000_000,
  outOfOrderMs: 30 * MINUTE,
  settleMs: DAY,
  futureMs: 10 * MINUTE,
};

const LOCAL: ShardProfile = {
  store: STORE,
  gate: { maxBytes: 16 * 1024 * 1024, maxCommits: 64 },
  requestWaitMs: 1,
  frameWaitMs: 1,
  window: 32,
  maxSamplesTouched: 5_000_000,
  maxPointsPerSeries: 11_000,
  maxQueryBytes: 256 * 1024 * 1024,
  resultCacheBytes: 16 * 1024 * 1024,
  maxAnswerBytes: 16 * 1024 * 1024,
  archiveReads: { rows: 1000, bytes: 256 * 1024 * 1024 },
  richSeries: 512,
  experimentalFunctions: false,
  kernelBytes: 64 * 1024 * 1024,
};

/** The free plan stores 5 GB in all: a month of raw samples of 10,000 series at 10 s, and three of the hour's aggregates. */
const CLOUDFLARE_STORAGE = {
  aggregateSamples: 60,
  rollupRetentionMs: [30 * DAY, 60 * DAY, 90 * DAY],
  maxBytes: 4_500_000_000,
} as const;

/** An object that hibernates reads back what is not packed when it wakes: half an hour of it, not two. */
const CLOUDFLARE: ShardProfile = {
  ...LOCAL,
  store: {
    ...STORE,
    // The free plan pays for one object that is awake: 50 hosts of 200 series are not divided, which happens at 80%.
    maxSeries: 13_000,
    maxSeriesPerMetric: 2000,
    maxLabelBytes: 12 * 1024 * 1024,
    headBytes: 32 * 1024 * 1024,
    headAgeMs: 30 * MINUTE,
    ...CLOUDFLARE_STORAGE,
  },
  frameWaitMs: 2000,
  // An isolate has 128 MB in all.
  maxQueryBytes: 80 * 1024 * 1024,
  resultCacheBytes: 4 * 1024 * 1024,
  // A request of the free plan may make 50 others.
  archiveReads: { rows: 40, bytes: 24 * 1024 * 1024 },
  // An object that sleeps between two frames reads all that was learned with each: 43 KB of each of them.
  richSeries: 64,
  kernelBytes: 16 * 1024 * 1024,
};

/** What a deployment may set besides its profile; texts, as environment variables are. */
export interface ShardVariables {
  /** How far a sample may lie behind its series' newest, as a duration such as `2h`. */
  readonly outOfOrderWindow?: string | undefined;
  /** `last`, `first` or `reject`. */
  readonly duplicatePolicy?: string | undefined;
  /** GB that a shard's packed samples and aggregates may take. */
  readonly storageGB?: string | undefined;
}

/** By the `PROFILE` setting; anything but "cloudflare" is local. `features`: the `ENABLE_FEATURE` setting. What cannot be read is left at its default. */
export function shardProfile(name: string | undefined, features = "", variables: ShardVariables = {}): ShardProfile {
  const profile = name === "cloudflare" ? CLOUDFLARE : LOCAL;
  const window = parseDuration(variables.outOfOrderWindow ?? "");
  const policy = DUPLICATE_POLICIES.find((one) => one === variables.duplicatePolicy);
  const gigabytes = Number(variables.storageGB);
  return {
    ...profile,
    experimentalFunctions: features.split(",").includes("promql-experimental-functions"),
    store: {
      ...profile.store,
      ...(window.ok ? { outOfOrderMs: window.value } : {}),
      ...(policy === undefined ? {} : { duplicatePolicy: policy }),
      ...(gigabytes > 0 ? { maxBytes: gigabytes * 1e9 } : {}),
    },
  };
}
