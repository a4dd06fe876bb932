/** What a person sees in the editor, in the order in which they would come upon it. */
import { spawn } from "node:child_process";
import { cpus } from "node:os";
import type { AnomaliesResponse, ForecastResponse } from "@sightline/shared/api/responses";
import { expectedSentence, forecastHorizon, forecastSentence } from "@sightline/shared/format/forecast-text";
import { formatBrief } from "@sightline/shared/format/units";
import { type Checks, percentile } from "./checks.ts";
import { until } from "./children.ts";
import type { Frame } from "./browser.ts";
import { movingChart } from "./dashboard-checks.ts";
import { capacityInEditor } from "./insight-checks.ts";
import type { Editor } from "./editor.ts";
import { Script, type ServerUnderTest } from "./server.ts";

export interface EditorRun {
  readonly editor: Editor;
  readonly checks: Checks;
  readonly shot: (name: string) => Promise<void>;
  readonly fake: boolean;
  readonly startServer: () => Promise<ServerUnderTest>;
  /** Other checks while the server runs. */
  readonly afterSignIn: (server: ServerUnderTest) => Promise<void>;
}

/** What the editor shows unless it is told otherwise. */
const DEFAULT_RANGE_MS = 900_000;
const BREACHES = 20;
const HISTORY_HOST = "e2e-history";
const TOAST_LIMIT_MS = 2_000;

export async function editorChecks(run: EditorRun): Promise<void> {
  const { editor, checks, shot, fake } = run;
  const { page } = editor;

  await checks.check("without a server the editor says so and offers to start one", async () => {
    await editor.showView();
    await page.locator(".welcome-view .monaco-button", { hasText: "Start Local Server" }).first().waitFor();
    await until("the status bar to say so", async () => ((await editor.statusBar()).includes("no server") ? true : null));
    await shot("editor-no-server");
  });

  const server = await run.startServer();
  const script = new Script(server);
  try {
    const signedIn = await checks.check("one click signs in to the server that runs on this machine", async () => {
      await editor.answer("A Sightline server is running on this machine", "Sign In");
      await until("the status bar to show health", async () => (/\d/.test(await editor.statusBar()) ? true : null));
    });
    if (!signedIn) return;

    await checks.check("the fleet shows this host's CPU, memory and disk", async () => {
      const host = page.locator(".monaco-list-row", { hasText: /CPU \d/ }).first();
      await host.waitFor({ timeout: 30_000 });
      return (await host.innerText()).replaceAll("\n", " ");
    });

    if (!fake) {
      await script.putTestRules();
      await script.pushHistory(HISTORY_HOST);
    }
    if (!fake) await checks.check("real CPU load raises a toast", () => loadUntilToast(editor, shot));
    await checks.check(
      `${BREACHES} breaching samples: p95 from sample to toast is below ${TOAST_LIMIT_MS / 1000} s, and the toast's Acknowledge reaches the server`,
      () => breachAndAcknowledge(editor, script, shot),
    );
    await checks.check("examples/shop shows live p95 beside its functions", async () => {
      await editor.openFile("catalogue.ts");
      const found = await until(
        "a decoration beside search()",
        async () => (await editor.decorations()).find(({ line, after }) => line.includes("search") && after.includes("p95")) ?? null,
        90_000,
      );
      await until(
        "its numbers to change",
        async () => {
          const now = (await editor.decorations()).find(({ line }) => line.includes("search"));
          return now !== undefined && now.after !== found.after ? true : null;
        },
        60_000,
      );
      return `${found.line.trim()} … ${found.after}`;
    });
    await checks.check("a hover on the function has a chart", async () => {
      const [place] = (await editor.decorations()).filter(({ line }) => line.includes("search"));
      if (place === undefined) throw new Error("no decorated function to hover");
      const number = await lineNumberOf(editor, "search(text");
      await editor.goToLine(number);
      await editor.command("Show or Focus Hover");
      await page.locator(".monaco-hover img[src^='data:image/svg']").first().waitFor({ timeout: 20_000 });
      await shot("editor-decoration-and-hover");
      await page.keyboard.press("Escape");
    });
    await checks.check("the panel shows a chart that moves", () => movingPanel(editor, shot));
    if (!fake) {
      await checks.check("with an hour of history its chart has a forecast band", async () => {
        const frame = await editor.dashboard();
        await frame.locator(".sl-pickers select").first().selectOption(HISTORY_HOST, { timeout: 10_000 });
        const inFuture = await until("the band", async () => (await paintedBeyondNow(frame)) ?? null, 20_000);
        await shot("editor-forecast");
        return `${inFuture} painted columns beyond now`;
      });
      await checks.check("its expected range and forecast are what the API says", () => sameBands(editor, script));
    }
    await checks.check("Open Metric for Function shows its chart with the forecast's band", async () => {
      await editor.openFile("catalogue.ts");
      await editor.goToLine(await lineNumberOf(editor, "search(text"));
      await editor.command("Sightline: Open Metric for Function");
      const frame = await editor.dashboard();
      await frame.locator(".sl-tab[aria-current=true]", { hasText: "p95 of Catalogue.search" }).first().waitFor({ timeout: 20_000 });
      await movingChart(frame);
      await shot("editor-metric-of-function");
    });
    if (!fake) await checks.check("hover, chart and API say the same forecast", () => sameForecast(editor, script));
    if (!fake)
      await checks.check("a disk that fills is an insight, and under Capacity what the API says of it; a click draws it", async () => {
        const told = await capacityInEditor(editor, script);
        await shot("editor-capacity");
        return told;
      });
    await checks.check("after a reload of the window the panel is back and no toast is repeated", async () => {
      await page.reload();
      await page.locator(".monaco-workbench .statusbar").waitFor({ timeout: 60_000 });
      await movingChart(await editor.dashboard());
      const toasts = await page.locator(".notifications-toasts .notification-list-item", { hasText: "E2eBreach" }).count();
      if (toasts > 0) throw new Error(`${toasts} toasts were shown again`);
    });
    await checks.check("light and high contrast themes", async () => {
      const themes = [
        ["Light Modern", "vs", "light"],
        ["Dark High Contrast", "hc-black", "contrast"],
        ["Dark Modern", "vs-dark", "dark"],
      ] as const;
      for (const [theme, kind, name] of themes) {
        await setTheme(run, theme, kind);
        await shot(`editor-${name}`);
      }
    });
    await run.afterSignIn(server);
  } finally {
    await server.stop();
  }
  await checks.check("when the server goes away the editor says so and offers to start one", async () => {
    await until("the status bar to say offline", async () => ((await editor.statusBar()).includes("offline") ? true : null), 60_000);
    await editor.command("Sightline: Query");
    const toast = editor.toast("No Sightline server answers");
    await toast.waitFor({ timeout: 10_000 });
    await toast.locator(".monaco-button", { hasText: "Start Local Server" }).first().waitFor();
    await shot("editor-offline");
  });
}

async function breachAndAcknowledge(editor: Editor, script: Script, shot: (name: string) => Promise<void>): Promise<string> {
  const latencies: number[] = [];
  for (let round = 1; round <= BREACHES; round += 1) {
    const breach = `b${round}x${Date.now() % 100_000}`;
    const sent = Date.now();
    await script.push("e2e_breach", { breach }, 90 + round);
    latencies.push((await editor.toastTime(breach)) - sent);
    if (round === 1) await shot("editor-toast");
    await editor.answer(breach, "Acknowledge");
    await until(
      `alert ${breach} to be acknowledged over the API`,
      async () => ((await script.alert((alert) => alert.labels["breach"] === breach))?.state === "acknowledged" ? true : null),
      10_000,
    );
  }
  const p50 = percentile(latencies, 50);
  const p95 = percentile(latencies, 95);
  process.stdout.write(`sample to toast: p50 ${p50} ms, p95 ${p95} ms over ${latencies.length} breaches\n`);
  if (p95 >= TOAST_LIMIT_MS) throw new Error(`p95 is ${p95} ms`);
  return `p50 ${p50} ms, p95 ${p95} ms`;
}

async function loadUntilToast(editor: Editor, shot: (name: string) => Promise<void>): Promise<string> {
  const burners = cpus().map(() => spawn(process.execPath, ["-e", "for (;;) Math.sqrt(Math.random())"], { stdio: "ignore" }));
  const started = Date.now();
  try {
    const at = await editor.toastTime("E2eCpuBusy", 60_000);
    await shot("editor-toast-cpu");
    await editor.answer("E2eCpuBusy", "Acknowledge");
    return `${((at - started) / 1000).toFixed(1)} s after the load began, 2 s of them the rule's own wait`;
  } finally {
    for (const burner of burners) burner.kill("SIGKILL");
  }
}

async function movingPanel(editor: Editor, shot: (name: string) => Promise<void>): Promise<string> {
  await editor.command("Sightline: Open Dashboard");
  const charts = await movingChart(await editor.dashboard());
  await shot("editor-panel");
  return `${charts} charts`;
}

/** The CPU chart of the host with a history: both bands as the chart describes them, and as they follow from what the API answers. */
async function sameBands(editor: Editor, script: Script): Promise<string> {
  const format = (value: number): string => formatBrief(value, "ratio");
  // To the letter what the dashboard asks: forecasts are kept by expression.
  const host = `host_name=~"${HISTORY_HOST}"`;
  const selector = encodeURIComponent(`system_cpu_utilization_ratio{cpu_mode="idle",${host}}`);
  const busy = encodeURIComponent(`avg by (host_name) (1 - system_cpu_utilization_ratio{cpu_mode="idle",${host}})`);
  const horizonMs = forecastHorizon(DEFAULT_RANGE_MS);
  return until(
    "chart and API to agree",
    async () => {
      const [{ ranges }, { series }] = (await Promise.all([
        script.call("GET", `/v1/anomalies?query=${selector}&start=${Date.now() - DEFAULT_RANGE_MS}&bands=1`),
        script.call("GET", `/v1/forecast?query=${busy}&horizon=${horizonMs}ms`),
      ])) as [AnomaliesResponse, ForecastResponse];
      const [idle] = ranges ?? [];
      const [forecast] = series;
      if (idle === undefined || forecast === undefined || "refused" in forecast) return null;
      const mirrored = (bound: readonly number[]): number[] => bound.map((value) => Math.min(1, Math.max(0, 1 - value)));
      const expected = expectedSentence({ lower: mirrored(idle.upper), upper: mirrored(idle.lower) }, format);
      const said = `${expected}. ${forecastSentence(forecast, horizonMs, format)}`;
      const drawn = await (
        await editor.dashboard()
      ).evaluate(() => {
        const panels = [...document.querySelectorAll(".sl-panel, section, article")];
        const panel = panels.find(
          (one) => (one.textContent ?? "").startsWith("CPU busy") && one.querySelector(".sl-plot .u-wrap") !== null,
        );
        return panel?.querySelector(".sl-plot")?.getAttribute("aria-description") ?? "";
      });
      return drawn === said ? said : null;
    },
    90_000,
  );
}

/** The p95 of search() as the hover over it, its chart in the panel and the API tell it; what is told is as old as a twelfth of the horizon at most. */
async function sameForecast(editor: Editor, script: Script): Promise<string> {
  const { page } = editor;
  const frame = await editor.dashboard();
  const query = await frame.evaluate(
    () => document.querySelector(".sl-panel-title[title^=histogram_quantile]")?.getAttribute("title") ?? "",
  );
  if (query === "") throw new Error("the chart does not say what it shows");
  const horizonMs = forecastHorizon(DEFAULT_RANGE_MS);
  await editor.openFile("catalogue.ts");
  const line = await lineNumberOf(editor, "search(text");
  const fromApi = async (): Promise<string> => {
    const path = `/v1/forecast?query=${encodeURIComponent(query)}&horizon=${horizonMs}ms`;
    const { series } = (await script.call("GET", path)) as ForecastResponse;
    const [one] = series;
    if (one === undefined) return "";
    return "refused" in one
      ? `no forecast: ${one.refused.reason}`
      : forecastSentence(one, horizonMs, (value) => formatBrief(value, "seconds"));
  };
  const fromChart = async (): Promise<string> =>
    (await editor.dashboard()).evaluate(() => {
      const panel = document.querySelector(".sl-panel-title[title^=histogram_quantile]")?.closest(".sl-panel, section, article");
      const drawn = panel?.querySelector(".sl-plot")?.getAttribute("aria-description") ?? "";
      return drawn === "" ? (panel?.querySelector(".sl-panel-note")?.textContent ?? "").replace(/^No/, "no") : drawn;
    });
  const fromHover = async (): Promise<string> => {
    await editor.goToLine(line);
    await editor.command("Show or Focus Hover");
    await page.locator(".monaco-hover img[src^='data:image/svg']").first().waitFor({ timeout: 20_000 });
    const text = (await page.locator(".monaco-hover").first().innerText()).replaceAll(/\s+/g, " ");
    await page.keyboard.press("Escape");
    return text;
  };
  return until(
    "hover, chart and API to agree",
    async () => {
      const said = await fromApi();
      if (said === "" || (await fromChart()) !== said) return null;
      return (await fromHover()).includes(said.replaceAll(/\s+/g, " ")) ? said : null;
    },
    120_000,
  );
}

/** Of the CPU chart: how many pixel columns right of the newest sample hold more than grid lines; null while none. */
async function paintedBeyondNow(frame: Frame): Promise<number | null> {
  return frame.evaluate(() => {
    const panel = [...document.querySelectorAll(".sl-panel, section, article")].find(
      (candidate) =>
        candidate.querySelector("canvas") !== null &&
        (candidate.textContent ?? "").startsWith("CPU busy") &&
        candidate.querySelector(".u-wrap") !== null,
    );
    const canvas = panel?.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (canvas === null || canvas === undefined || context === null || context === undefined) return null;
    // The rightmost tenth of the plot is in the future once a forecast is drawn, and empty but for grid lines before.
    const from = Math.round(canvas.width * 0.86);
    const { data, width, height } = context.getImageData(from, 0, Math.round(canvas.width * 0.08), canvas.height);
    let columns = 0;
    for (let x = 0; x < width; x += 1) {
      let painted = 0;
      for (let y = 0; y < height; y += 1) if ((data[(y * width + x) * 4 + 3] ?? 0) > 0) painted += 1;
      if (painted > height / 10) columns += 1;
    }
    return columns > width / 2 ? columns : null;
  });
}

/** By the text of the visible lines and their numbers. */
async function lineNumberOf(editor: Editor, text: string): Promise<number> {
  return editor.page.evaluate((wanted) => {
    const plain = (element: Element): string => (element.textContent ?? "").replaceAll(" ", " ");
    const top = (element: Element): number => element.getBoundingClientRect().top;
    const line = [...document.querySelectorAll(".editor-instance .view-line")].find((candidate) => plain(candidate).includes(wanted));
    if (line === undefined) throw new Error(`no line with ${wanted} is visible`);
    const number = [...document.querySelectorAll(".editor-instance .line-numbers")].find(
      (candidate) => Math.abs(top(candidate) - top(line)) < 4,
    );
    return Number(number?.textContent ?? Number.NaN);
  }, text);
}

async function setTheme({ editor }: EditorRun, theme: string, kind: string): Promise<void> {
  await editor.page.keyboard.press("Control+k");
  await editor.page.keyboard.press("Control+t");
  const input = editor.page.locator(".quick-input-widget input").first();
  await input.waitFor();
  await input.fill(theme);
  await editor.page.locator(".quick-input-list .monaco-list-row", { hasText: theme }).first().click();
  await editor.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  await editor.page.locator(`.monaco-workbench.${kind}`).first().waitFor({ timeout: 20_000 });
}
