/** VS Code in the browser, in words of a person: what is seen and what is clicked. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, start, until } from "./children.ts";
import type { Frame, Locator, Page } from "./browser.ts";
import { codeServerEntry } from "./install.ts";
import { spawnSync } from "node:child_process";

export interface EditorServer {
  readonly url: string;
  readonly child: Child;
}

const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "security.workspace.trust.enabled": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "chat.commandCenter.enabled": false,
  "chat.disableAIFeatures": true,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "editor.minimap.enabled": false,
  "remote.autoForwardPorts": false,
  "git.openRepositoryInParentFolders": "never",
  "window.menuBarVisibility": "compact",
};

export async function startEditor(options: {
  readonly vsix: string;
  readonly folder: string;
  readonly home: string;
  readonly port: number;
  readonly log: string;
  readonly settings: Readonly<Record<string, unknown>>;
}): Promise<EditorServer> {
  const userData = join(options.home, "code-server");
  const settingsFile = join(userData, "User", "settings.json");
  mkdirSync(join(userData, "User"), { recursive: true });
  writeFileSync(settingsFile, JSON.stringify({ ...SETTINGS, ...options.settings }, null, 2));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: options.home,
    XDG_CONFIG_HOME: join(options.home, ".config"),
    XDG_DATA_HOME: join(options.home, ".local", "share"),
  };
  const places = ["--user-data-dir", userData, "--extensions-dir", join(options.home, "extensions")];
  const installed = spawnSync(process.execPath, [codeServerEntry, ...places, "--install-extension", options.vsix], {
    env,
    encoding: "utf8",
  });
  if (installed.status !== 0) throw new Error(`code-server did not install ${options.vsix}: ${installed.stdout}${installed.stderr}`);
  const child = start(
    process.execPath,
    [
      codeServerEntry,
      ...places,
      "--auth",
      "none",
      "--bind-addr",
      `127.0.0.1:${options.port}`,
      "--disable-telemetry",
      "--disable-update-check",
      "--disable-workspace-trust",
      "--disable-getting-started-override",
      options.folder,
    ],
    { cwd: options.folder, env, log: options.log },
  );
  const url = `http://127.0.0.1:${options.port}`;
  await until("code-server to answer", async () => ((await fetch(`${url}/healthz`).catch(() => null))?.ok === true ? true : null), 60_000);
  return {
    url: `${url}/?folder=${encodeURIComponent(options.folder)}`,
    child,
  };
}

export class Editor {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async open(url: string): Promise<void> {
    // The moment a toast is first on screen, by the clock that the run itself uses.
    await this.page.addInitScript(() => {
      const seen: Record<string, number> = {};
      (globalThis as unknown as { toastTimes: Record<string, number> }).toastTimes = seen;
      const look = (): void => {
        for (const message of document.querySelectorAll(".notifications-toasts .notification-list-item-message")) {
          const text = message.textContent ?? "";
          if (text !== "" && !(text in seen)) seen[text] = Date.now();
        }
      };
      new MutationObserver(look).observe(document, { childList: true, subtree: true, characterData: true });
    });
    await this.page.goto(url);
    await this.page.locator(".monaco-workbench .statusbar").waitFor({ timeout: 60_000 });
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item", { hasText: text }).first();
  }

  async answer(toastText: string | RegExp, button: string): Promise<void> {
    const toast = this.toast(toastText);
    await toast.waitFor({ timeout: 30_000 });
    await toast.hover();
    await toast.locator(".monaco-button", { hasText: button }).first().click();
    await toast.waitFor({ state: "hidden", timeout: 10_000 });
  }

  /** Waits for moving parts (toasts slide in) to come to rest. */
  async settled(): Promise<void> {
    await this.page.waitForFunction(
      () =>
        document
          .getAnimations()
          .every((animation) => animation.playState !== "running" || animation.effect?.getComputedTiming().endTime === Infinity),
      undefined,
      { timeout: 5_000 },
    );
  }

  /** When a toast that contains the text first appeared, ms since the epoch. */
  async toastTime(text: string, timeoutMs = 30_000): Promise<number> {
    return until(
      `a toast with ${JSON.stringify(text)}`,
      () =>
        this.page.evaluate((wanted) => {
          const { toastTimes } = globalThis as unknown as { toastTimes: Record<string, number> };
          return Object.entries(toastTimes).find(([seen]) => seen.includes(wanted))?.[1] ?? null;
        }, text),
      timeoutMs,
    );
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await input.fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: title }).first().waitFor();
    await this.page.keyboard.press("Enter");
  }

  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press("Control+p");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await input.fill(name);
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: name }).first().waitFor({ timeout: 30_000 });
    await this.page.keyboard.press("Enter");
    await this.page.locator(".tab.active", { hasText: name }).waitFor();
  }

  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press("Control+g");
    const input = this.page.locator(".quick-input-widget input").first();
    await input.waitFor();
    await input.fill(`:${line}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Texts at the ends of visible lines, by what the line says. */
  async decorations(): Promise<readonly { readonly line: string; readonly after: string }[]> {
    return this.page.evaluate(() => {
      const found: { line: string; after: string }[] = [];
      for (const line of document.querySelectorAll(".editor-instance .view-line")) {
        for (const span of line.querySelectorAll("span")) {
          const { content } = getComputedStyle(span, "::after");
          if (content !== "none" && content !== "normal" && content.length > 2)
            found.push({ line: line.textContent ?? "", after: content.replaceAll('"', "").replaceAll(" ", " ") });
        }
      }
      return found;
    });
  }

  /** The page inside the dashboard's webview, once it has mounted. */
  async dashboard(): Promise<Frame> {
    return until(
      "the dashboard panel",
      async () => {
        for (const frame of this.page.frames()) {
          const mounted = await frame
            .locator("div#dashboard")
            .count()
            .catch(() => 0);
          if (mounted > 0) return frame;
        }
        return null;
      },
      30_000,
    );
  }

  async statusBar(): Promise<string> {
    return this.page.locator(".statusbar-item[id*='sightline']").first().innerText();
  }

  async showView(): Promise<void> {
    await this.page.locator(".activitybar .action-label[aria-label^='Sightline']").first().click();
    await this.page.locator(".pane-header", { hasText: "Fleet" }).first().waitFor();
  }
}
