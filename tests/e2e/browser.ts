/** The part of playwright-core that the run uses; declared here, for it is installed apart from the workspace. */
import { createRequire } from "node:module";
import { join } from "node:path";

export interface Locator {
  click(options?: { readonly timeout?: number; readonly force?: boolean; readonly button?: "right" }): Promise<void>;
  hover(options?: { readonly timeout?: number }): Promise<void>;
  fill(text: string): Promise<void>;
  selectOption(value: string, options?: { readonly timeout?: number }): Promise<unknown>;
  waitFor(options?: { readonly state?: "visible" | "hidden" | "attached"; readonly timeout?: number }): Promise<void>;
  innerText(): Promise<string>;
  count(): Promise<number>;
  first(): Locator;
  nth(index: number): Locator;
  locator(selector: string, options?: { readonly hasText?: string | RegExp }): Locator;
  filter(options: { readonly hasText?: string | RegExp }): Locator;
  isVisible(): Promise<boolean>;
  screenshot(options: { readonly path: string }): Promise<unknown>;
}

export interface Frame {
  locator(selector: string, options?: { readonly hasText?: string | RegExp }): Locator;
  evaluate<T, A = undefined>(run: (argument: A) => T | Promise<T>, argument?: A): Promise<T>;
  waitForFunction<A = undefined>(
    run: (argument: A) => unknown,
    argument?: A,
    options?: { readonly timeout?: number; readonly polling?: number | "raf" },
  ): Promise<unknown>;
}

export interface Page extends Frame {
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  frames(): readonly Frame[];
  addInitScript(run: () => void): Promise<void>;
  screenshot(options: { readonly path: string; readonly fullPage?: boolean }): Promise<unknown>;
  setViewportSize(size: { readonly width: number; readonly height: number }): Promise<void>;
  emulateMedia(options: { readonly colorScheme: "light" | "dark" }): Promise<void>;
  on(event: "console", listener: (message: { type(): string; text(): string }) => void): void;
  readonly keyboard: {
    press(key: string): Promise<void>;
    type(text: string, options?: { readonly delay?: number }): Promise<void>;
    insertText(text: string): Promise<void>;
  };
  close(): Promise<void>;
}

export interface Browser {
  newPage(options: {
    readonly viewport: { readonly width: number; readonly height: number };
    readonly colorScheme?: "light" | "dark";
  }): Promise<Page>;
  close(): Promise<void>;
}

interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath?: string; readonly args: readonly string[]; readonly headless: boolean }): Promise<Browser>;
  };
}

/** `executablePath` null: playwright's own Chromium, wherever it was installed. */
export async function launchChromium(executablePath: string | null): Promise<Browser> {
  const { chromium } = createRequire(join(import.meta.dirname, "package.json"))("playwright-core") as Playwright;
  return chromium.launch({
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--disable-background-timer-throttling",
      "--disable-renderer-backgrounding",
      "--disable-backgrounding-occluded-windows",
    ],
    ...(executablePath === null ? {} : { executablePath }),
  });
}
