/** What is used up when, every few minutes while connected: growth of weeks does not change faster. */
import type { CapacityResponse } from "@sightline/shared/api/analyses";
import type { DataSource } from "@sightline/shared/api/data-source";
import { PolledFeed } from "./polled-feed.ts";

type CapacitySource = Pick<DataSource, "capacity" | "onConnection" | "connection">;

const INTERVAL_MS = 600_000;

export class CapacityFeed extends PolledFeed<CapacitySource, CapacityResponse> {
  constructor() {
    super(INTERVAL_MS);
  }

  protected override ask(source: CapacitySource): Promise<CapacityResponse> {
    return source.capacity();
  }
}
