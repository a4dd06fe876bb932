/** Light, dark or high contrast: chosen by hand, by the system, or by VS Code around a webview. */
import type { Disposable } from "../../api/data-source.ts";

export const THEME_CHOICES = ["auto", "light", "dark", "contrast"] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];
/** `vscode` takes every colour from the editor's theme. */
export type Theme = ThemeChoice | "vscode";

/** Sets the theme of everything inside `root`; the rules are in style/tokens.css. */
export function applyTheme(root: HTMLElement, theme: Theme): void {
  root.classList.add("sl-root");
  root.dataset["slTheme"] = theme;
}

/** Tells when colours may have changed, so that canvases can be drawn again. */
export function watchTheme(root: HTMLElement, changed: () => void): Disposable {
  const queries = ["(prefers-color-scheme: dark)", "(prefers-contrast: more)", "(forced-colors: active)"].map((query) => matchMedia(query));
  for (const query of queries) query.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  observer.observe(root, { attributes: true, attributeFilter: ["data-sl-theme"] });
  // VS Code swaps the class and style of body and html when its theme changes.
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
  return {
    dispose() {
      for (const query of queries) query.removeEventListener("change", changed);
      observer.disconnect();
    },
  };
}

/** The computed value of a design token where `element` stands. */
export function token(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}
