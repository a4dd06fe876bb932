/** The server's snapshot every few seconds while connected, and soon after an alert changes. */
import type { DataSource, Disposable } from "@sightline/shared/api/data-source";
import type { Snapshot } from "@sightline/shared/api/responses";
import { PolledFeed } from "./polled-feed.ts";

export type SnapshotSource = Pick<DataSource, "snapshot" | "onEvent" | "onConnection" | "connection">;

const SNAPSHOT_INTERVAL_MS = 5_000;
const AFTER_ALERT_MS = 500;

export class SnapshotFeed extends PolledFeed<SnapshotSource, Snapshot> {
  constructor() {
    super(SNAPSHOT_INTERVAL_MS);
  }

  protected override ask(source: SnapshotSource): Promise<Snapshot> {
    return source.snapshot();
  }

  protected override listen(source: SnapshotSource): readonly Disposable[] {
    const onEvent = source.onEvent((event) => {
      if (event.type === "alert") this.readAfter(AFTER_ALERT_MS);
    });
    return [onEvent];
  }
}
