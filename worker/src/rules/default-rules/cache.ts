import { MINUTE, SECOND, shippedGroup } from "./rule.ts";

const lookups = (result: string): string => `sum by (service_name, cache_name) (rate(cache_requests_total${result}[5m]))`;

export const cache = shippedGroup("sightline.cache", 30 * SECOND, [
  {
    name: "CacheHitRatioLow",
    severity: "warning",
    expr: `${lookups('{cache_result="hit"}')} / ${lookups("")} < 0.7`,
    minSamples: 100,
    forMs: 10 * MINUTE,
    summary:
      "The cache {{ $labels.cache_name }} of {{ $labels.service_name }} answers {{ $value | humanizePercentage }} of what it is asked",
    description: "More than three lookups in ten go to what the cache was to protect: it is slower for users and busier behind.",
    runbook:
      "A sudden fall is a restart, a flush or keys that changed with a deploy. A slow one is a cache that has become too small, or a time to live that is too short.",
    recommendations: [
      ["investigate", "high", "Compare keys before and after the last deploy: a version in the key empties the cache."],
      ["capacity", "medium", "Look at evictions: with many the cache is too small."],
    ],
  },
  {
    name: "RedisHitRatioLow",
    severity: "warning",
    expr: "rate(redis_keyspace_hits_total[5m]) / (rate(redis_keyspace_hits_total[5m]) + rate(redis_keyspace_misses_total[5m])) < 0.7 and rate(redis_keyspace_hits_total[5m]) + rate(redis_keyspace_misses_total[5m]) > 1",
    forMs: 10 * MINUTE,
    summary: "Redis {{ $labels.instance }} finds {{ $value | humanizePercentage }} of the keys it is asked for",
    description: "More than three lookups in ten miss: what stands behind it does the work.",
    runbook:
      "Look at evicted and expired keys: evictions mean that memory is short, expiries that the time to live is. A flush shows as a fall to zero.",
    recommendations: [["investigate", "medium", "Compare evicted_keys and expired_keys over the last hour."]],
  },
]);
