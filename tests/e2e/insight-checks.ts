/** What people should know: what begins together on the page, and a disk that fills in the editor. */
import type { CapacityResponse } from "@sightline/shared/api/analyses";
import type { InsightsResponse } from "@sightline/shared/api/responses";
import { useText } from "@sightline/shared/format/capacity-text";
import type { CapacitySettings } from "@sightline/shared/model/capacity";
import type { Insight } from "@sightline/shared/model/insight";
import { METRIC_NAME } from "@sightline/shared/model/labels";
import type { Page } from "./browser.ts";
import { until } from "./children.ts";
import type { Editor } from "./editor.ts";
import type { Script } from "./server.ts";

const POINTS = 720;
const STEP_MS = 15_000;
const GIB = 2 ** 30;
/** Capacity is judged again after a minute, and the editor asks every ten seconds. */
const PATIENCE_MS = 300_000;

const wobble = (i: number, k: number): number => (((i + 31 * k) * 7919) % 101) / 101;

async function insight(script: Script, wanted: (one: Insight) => boolean): Promise<Insight | null> {
  return ((await script.call("GET", "/v1/insights")) as InsightsResponse).insights.find(wanted) ?? null;
}

/** Four series of one service jump within a minute, at the same time one of another: two insights, of which one is a false alarm as a whole. */
export async function groupedOnPage(page: Page, script: Script): Promise<string> {
  const mark = Date.now() % 100_000;
  const [cart, find] = [`cart${mark}`, `find${mark}`];
  const end = Date.now() - 1_000;
  const names = ["e2e_route_p95", "e2e_inflight", "e2e_pool_waiting", "e2e_queue"];
  const metrics = Array.from({ length: POINTS }, (_, i) => {
    const timestamp = end - (POINTS - 1 - i) * STEP_MS;
    const gauge = (name: string, service: string, k: number, from: number): object => ({
      name,
      type: "gauge",
      labels: { service_name: service, host_name: `${service}-1` },
      value: (40 + 2 * wobble(i, k)) * (i >= from ? 4 : 1),
      timestamp,
    });
    return [...names.map((name, k) => gauge(name, cart, k, POINTS - 12 + Math.min(k, 2))), gauge("e2e_index_age", find, 7, POINTS - 11)];
  }).flat();
  await script.call("POST", "/api/v1/ingest", JSON.stringify({ metrics }));
  const group = await until("four series to be one insight", () =>
    insight(script, ({ title }) => title === `${cart} on ${cart}-1: 4 series`),
  );
  const [first] = group.series;
  if (first?.labels[METRIC_NAME] !== names[0])
    throw new Error(`the first is ${first?.labels[METRIC_NAME] ?? "none"}, not ${names[0] ?? ""}`);
  await until("the other service to be another", () => insight(script, ({ title }) => title.startsWith(`${find} on `)));
  await page.locator(".sl-tab", { hasText: "Host" }).first().click();
  await page.locator(".sl-tab", { hasText: "Reliability" }).first().click();
  const row = page.locator(".sl-insight", { hasText: `${cart} on` }).first();
  await row.locator("button", { hasText: "4 series" }).first().click({ timeout: 20_000 });
  await row
    .locator("li", { hasText: names[0] ?? "" })
    .first()
    .waitFor();
  const listed = await row.locator("li").count();
  if (listed !== 4) throw new Error(`${listed} series are listed`);
  await row.locator("button", { hasText: "Chart" }).first().click();
  await row.locator("canvas").first().waitFor();
  await row.locator("button", { hasText: "False alarm" }).first().click();
  await row.locator(".sl-badge", { hasText: "taken back" }).first().waitFor({ timeout: 15_000 });
  await row.locator(".sl-alert-text", { hasText: "The thresholds of its 4 series are now" }).first().waitFor();
  if (
    (await page
      .locator(".sl-insight", { hasText: `${find} on` })
      .first()
      .locator(".sl-badge", { hasText: "taken back" })
      .count()) > 0
  )
    throw new Error("the other service's insight was taken back as well");
  await row.locator("button", { hasText: "Undo" }).first().click();
  await row.locator("button", { hasText: "False alarm" }).first().waitFor({ timeout: 15_000 });
  return group.text;
}

/** Three hours of a disk that fills: an insight in the editor, and under Capacity what the API says of it; a click draws it. */
export async function capacityInEditor(editor: Editor, script: Script): Promise<string> {
  const { page } = editor;
  const host = `e2e-disk-${Date.now() % 100_000}`;
  const end = Date.now() - 1_000;
  const metrics = Array.from({ length: POINTS }, (_, i) => {
    const used = GIB * (80 + (i / POINTS) * 6 + 0.02 * wobble(i, 3));
    return (["used", "free"] as const).map((state) => ({
      name: "system_filesystem_usage_bytes",
      type: "gauge",
      labels: { host_name: host, system_filesystem_mountpoint: "/data", system_filesystem_state: state },
      value: state === "used" ? used : 100 * GIB - used,
      timestamp: end - (POINTS - 1 - i) * STEP_MS,
    }));
  }).flat();
  await script.call("POST", "/api/v1/ingest", JSON.stringify({ metrics }));
  const name = `disk /data on ${host}`;
  const { resources } = (await script.call("GET", "/v1/capacity?kind=disk")) as CapacityResponse;
  const resource = resources.find((one) => one.name === name);
  if (resource === undefined) throw new Error(`/v1/capacity does not know ${name}`);
  await editor.command("Sightline: Focus on Insights View");
  // Capacity's own row names the disk as well, in its gist.
  const rows = page.locator(".monaco-list-row", { hasText: new RegExp(`^\\s*${name}`) });
  await rows
    .filter({ hasText: useText(resource) })
    .first()
    .waitFor({ timeout: PATIENCE_MS });
  const told = (await rows.first().innerText()).replaceAll("\n", " ");
  if (!told.includes("full in")) throw new Error(`its insight says: ${told}`);
  const capacity = page.locator(".monaco-list-row", { hasText: /^\s*Capacity/ }).first();
  await capacity.click();
  // The insight and, under Capacity, the resource.
  await until("the disk under Capacity", async () => ((await rows.count()) >= 2 ? true : null), PATIENCE_MS);
  await rows.nth(1).click();
  const frame = await editor.dashboard();
  await frame.locator(".sl-tab[aria-current=true]", { hasText: name }).first().waitFor({ timeout: 20_000 });
  await frame.locator("canvas").first().waitFor({ timeout: 20_000 });
  await frame.locator(".sl-panel", { hasText: "GiB" }).first().waitFor({ timeout: 20_000 });
  return told;
}

/** The price table is edited where costs are shown, and costs follow at once. */
export async function pricesOnPage(page: Page, script: Script): Promise<string> {
  await page.locator(".sl-tab", { hasText: "Host" }).first().click();
  const panel = page.locator(".sl-panel", { hasText: "When what is bounded is used up" }).first();
  const gist = (text: RegExp): Promise<void> => panel.locator(".sl-faint", { hasText: text }).first().waitFor({ timeout: 20_000 });
  try {
    await gist(/USD a month/);
    await panel.locator("button", { hasText: "Prices and demand" }).first().click();
    const form = panel.locator(".sl-capacity-settings").first();
    await form.locator("input").nth(0).fill("NZD");
    await form.locator("input").nth(2).fill("100");
    await form.locator("button", { hasText: "Save" }).first().click();
    await gist(/\d{3,} NZD a month/);
    const { currency, prices } = (await script.call("GET", "/v1/capacity/settings")) as CapacitySettings;
    if (currency !== "NZD" || prices.memory?.perMonth !== 100) throw new Error(`kept was ${JSON.stringify({ currency, prices })}`);
    return `${currency}, memory at ${prices.memory.perMonth}`;
  } finally {
    await script.call("DELETE", "/v1/capacity/settings");
  }
}
