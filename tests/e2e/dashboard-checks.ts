/** The web dashboard at `/` in Chromium. */
import { join } from "node:path";
import type { Browser } from "./browser.ts";
import type { Checks } from "./checks.ts";
import type { Script, ServerUnderTest } from "./server.ts";

export interface DashboardRun {
  readonly browser: Browser;
  readonly checks: Checks;
  readonly server: ServerUnderTest;
  readonly script: Script;
  readonly results: string;
}

export async function dashboardChecks({ browser, checks, server, results }: DashboardRun): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: "dark" });
  await checks.check("the web dashboard signs in with a token and shows charts", async () => {
    await page.goto(server.url);
    await page.locator("input[type=password], input[name=token]").first().fill(server.token);
    await page.keyboard.press("Enter");
    await page.locator("canvas").first().waitFor({ timeout: 20_000 });
    await page.screenshot({ path: join(results, "dashboard-dark.png") });
  });
  await page.close();
}
