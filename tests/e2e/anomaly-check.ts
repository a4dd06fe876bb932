import type { AnomaliesResponse } from "@sightline/shared/api/responses";
import type { Page } from "./browser.ts";
import { until } from "./children.ts";
import type { Script } from "./server.ts";

const POINTS = 720;
const STEP_MS = 15_000;

/** Three hours of a wave with a jump at their end; the jump is called a false alarm on the page, and that is taken back. */
export async function answerAnomalyOnPage(page: Page, script: Script): Promise<string> {
  const queue = `e2e${Date.now() % 100_000}`;
  const end = Date.now() - 1_000;
  const metrics = Array.from({ length: POINTS }, (_, i) => ({
    name: "e2e_queue_length",
    type: "gauge",
    labels: { queue },
    value: 40 + 2 * Math.sin((i * STEP_MS) / 9_000_000) + (i === POINTS - 1 ? 50 : 0),
    timestamp: end - (POINTS - 1 - i) * STEP_MS,
  }));
  await script.call("POST", "/api/v1/ingest", JSON.stringify({ metrics }));
  const selector = encodeURIComponent(`e2e_queue_length{queue="${queue}"}`);
  const reason = await until(
    "the jump to be an anomaly",
    async () => ((await script.call("GET", `/v1/anomalies?query=${selector}`)) as AnomaliesResponse).anomalies[0]?.reason ?? null,
  );
  await page.locator(".sl-tab", { hasText: "Host" }).first().click();
  await page.locator(".sl-tab", { hasText: "Reliability" }).first().click();
  const row = page.locator(".sl-insight", { hasText: queue }).first();
  await row.locator("button", { hasText: "False alarm" }).first().click({ timeout: 15_000 });
  await row.locator(".sl-alert-text", { hasText: "25% higher" }).first().waitFor({ timeout: 15_000 });
  await row.locator("button", { hasText: "Undo" }).first().click();
  await row.locator(".sl-alert-text", { hasText: "Taken back" }).first().waitFor({ timeout: 15_000 });
  return reason;
}
