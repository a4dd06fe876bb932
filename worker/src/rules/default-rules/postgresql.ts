import { MINUTE, SECOND, shippedGroup } from "./rule.ts";

const perServer = (metric: string): string => `sum without (postgresql_database_name) (${metric})`;
const HIT = "sum without (postgresql_database_name) (rate(postgresql_blks_hit_total[5m]))";
const READ = "sum without (postgresql_database_name) (rate(postgresql_blks_read_total[5m]))";

export const postgresql = shippedGroup("sightline.postgresql", 30 * SECOND, [
  {
    name: "PostgresConnectionsNearlyExhausted",
    severity: "error",
    expr: `${perServer("postgresql_backends")} / ${perServer("postgresql_connection_max")} > 0.85`,
    forMs: 2 * MINUTE,
    summary: "PostgreSQL {{ $labels.host_name }} has {{ $value | humanizePercentage }} of its connections in use",
    description: "When they are all in use, new connections are refused and services fail at once.",
    runbook:
      "See in pg_stat_activity who holds them: `idle in transaction` is a service that forgot to commit, many `active` ones wait for a lock or for slow statements. End the forgotten ones, then lower the pools.",
    recommendations: [
      ["investigate", "high", "SELECT state, application_name, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC."],
      ["capacity", "medium", "Put a pooler between services and server before raising max_connections."],
    ],
  },
  {
    name: "PostgresCacheHitRatioLow",
    severity: "warning",
    expr: `${HIT} / (${HIT} + ${READ}) < 0.7 and ${HIT} + ${READ} > 100`,
    forMs: 10 * MINUTE,
    summary: "PostgreSQL {{ $labels.host_name }} finds {{ $value | humanizePercentage }} of its blocks in memory",
    description: "More than three blocks in ten come from the disk: statements are as slow as it is.",
    runbook:
      "Look at pg_stat_statements for what reads most: a sequential scan of a large table is usually one missing index. Only then think of more memory.",
    recommendations: [["investigate", "high", "Order pg_stat_statements by shared_blks_read and look at the plans of the first three."]],
  },
  {
    name: "PostgresDeadlocks",
    severity: "warning",
    expr: "increase(postgresql_deadlocks_total[5m]) > 3",
    summary: "{{ $value | humanize }} deadlocks in five minutes on {{ $labels.host_name }}",
    description:
      "Transactions end one another because they take the same rows in different orders; each costs a second and a failed request.",
    runbook: "The server's log names both statements of each deadlock. Let all code take rows in one order, or shorten the transactions.",
    recommendations: [["investigate", "medium", "Read the pairs of statements in the server's log and give them one order."]],
  },
  {
    name: "PostgresReplicationLag",
    severity: "error",
    expr: "postgresql_wal_lag_seconds > 30",
    forMs: 2 * MINUTE,
    summary: "A replica of {{ $labels.host_name }} is {{ $value | humanizeDuration }} behind",
    description: "What reads from the replica sees the past, and a failover now would lose that much.",
    runbook:
      "Look at the replica's disk and network first, then at a long statement on it that holds the replay up. Take readers away from it until it has caught up.",
    recommendations: [
      ["investigate", "high", "Compare pg_stat_replication's write, flush and replay lag: the first that is large tells where it waits."],
    ],
  },
  {
    name: "DatabasePoolExhausted",
    severity: "error",
    expr: 'sum by (service_name, db_client_connection_pool_name) (db_client_connection_count{db_client_connection_state="used"}) / sum by (service_name, db_client_connection_pool_name) (db_client_connection_max) > 0.9',
    forMs: MINUTE,
    summary: "{{ $labels.service_name }} uses {{ $value | humanizePercentage }} of its database connections",
    description: "Requests begin to wait for a connection: the service looks slow although the database may be idle.",
    runbook:
      "Look for code that keeps a connection while it waits for something else, and for a slow statement. Raise the pool only when the database has connections to spare.",
    recommendations: [["investigate", "high", "Find transactions that stay open while the service calls somebody else."]],
  },
]);
