import { describe, expect, it } from "vitest";
import { advance, readAlerts } from "../../worker/src/project/project-core.ts";
import { PROJECT_MIGRATIONS } from "../../worker/src/project/project-migrations.ts";
import { listSilences } from "../../worker/src/project/silences.ts";
import { runMigrations } from "../../worker/src/storage/migrations/run-migrations.ts";
import { RecordingDatabase } from "./pipeline/recording-database.ts";
import { openRecorded } from "./recorded-project.ts";

const NOW = 1_000_000;
const OLD_ALERT = {
  id: "f00d-rs",
  name: "CpuBusy",
  severity: "warning",
  state: "firing",
  value: 0.9,
  threshold: 0.8,
  condition: "busy > 0.8",
  labels: { host_name: "h1" },
  annotations: {},
  activeAt: 1_000,
  firedAt: 2_000,
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedAt: null,
  recommendations: [],
};
const OLD_SILENCE = {
  id: "s1",
  matchers: [{ name: "host_name", value: "h1", isRegex: false, isEqual: true }],
  startsAt: 1,
  endsAt: NOW + 60_000,
  comment: "",
  createdBy: "Ada",
};

/** As the first two versions of the schema left it. */
function yesterday(): RecordingDatabase {
  const database = new RecordingDatabase();
  runMigrations(
    database,
    PROJECT_MIGRATIONS.filter(({ id }) => id <= 2),
    0,
  );
  database.run(
    "INSERT INTO alerts (id, state, active_at, fired_at, resolved_at, body) VALUES ('f00d-rs', 'firing', 1000, 2000, NULL, ?)",
    JSON.stringify(OLD_ALERT),
  );
  database.run(
    "INSERT INTO silences (id, starts_at, ends_at, body) VALUES ('s1', 1, ?, ?)",
    OLD_SILENCE.endsAt,
    JSON.stringify(OLD_SILENCE),
  );
  return database;
}

describe("a project of an earlier version", () => {
  it("keeps its alerts, which have a history now, and its silences, which go on", () => {
    const { ports, clock } = openRecorded(yesterday());
    expect(readAlerts(ports, { fingerprint: "f00d", limit: 10 })).toMatchObject([
      { id: "f00d-rs", fingerprint: "f00d", triggerCount: 1, snoozedUntil: null, note: null, silencedUntil: OLD_SILENCE.endsAt },
    ]);
    advance(ports);
    expect(listSilences(ports)).toMatchObject([{ id: "s1", createdBy: "Ada" }]);
    clock.now = OLD_SILENCE.endsAt;
    advance(ports);
    expect(listSilences(ports)).toEqual([]);
  });
});
