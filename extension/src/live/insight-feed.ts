/** What people should know, every few seconds while connected. */
import type { DataSource } from "@sightline/shared/api/data-source";
import type { InsightsResponse } from "@sightline/shared/api/responses";
import { PolledFeed } from "./polled-feed.ts";

type InsightSource = Pick<DataSource, "insights" | "onConnection" | "connection">;

const INTERVAL_MS = 10_000;

export class InsightFeed extends PolledFeed<InsightSource, InsightsResponse> {
  constructor() {
    super(INTERVAL_MS);
  }

  protected override ask(source: InsightSource): Promise<InsightsResponse> {
    return source.insights();
  }
}
