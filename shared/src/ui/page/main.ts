/** The web page: sign in with a token, then the dashboard. */
import { createHttpDataSource } from "../../api/http-data-source.ts";
import { type Clock, webSocketOpener } from "../../api/ports.ts";
import { mountDashboard } from "../dashboard/mount-dashboard.ts";
import { element } from "../dom/element.ts";
import { applyTheme, THEME_CHOICES, type ThemeChoice } from "../theme/theme.ts";
import { forgetToken, keepToken, keptToken, preference, setPreference } from "./kept.ts";
import { signInForm } from "./sign-in.ts";

const clock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

function connect(token: string): ReturnType<typeof createHttpDataSource> {
  return createHttpDataSource({
    url: location.origin,
    token,
    fetch: (url, request) => fetch(url, request),
    openWebSocket: webSocketOpener(WebSocket),
    clock,
    random: Math.random,
  });
}

function themeChoice(): ThemeChoice {
  return THEME_CHOICES.find((choice) => choice === preference("theme")) ?? "auto";
}

function showSignIn(root: HTMLElement, problem: string): void {
  applyTheme(root, themeChoice());
  root.replaceChildren(
    signInForm({
      problem,
      async check(token) {
        const source = connect(token);
        try {
          await source.query("vector(1)");
        } finally {
          source.dispose();
        }
      },
      signedIn(token, remember) {
        keepToken(token, remember);
        showDashboard(root, token);
      },
    }),
  );
}

function showDashboard(root: HTMLElement, token: string): void {
  const source = connect(token);
  const retry = (): void => source.retryNow();
  const leave = (problem: string): void => {
    removeEventListener("online", retry);
    dashboard.dispose();
    source.dispose();
    forgetToken();
    showSignIn(root, problem);
  };
  const signOut = element("button", { class: "sl-button", type: "button", text: "Sign out", on: { click: () => leave("") } });
  const range = Number(preference("range"));
  const dashboard = mountDashboard(root, source, {
    theme: themeChoice(),
    toolbarEnd: [signOut],
    onTheme: (choice) => setPreference("theme", choice),
    onRange: (rangeMs) => setPreference("range", String(rangeMs)),
    query: preference("query") ?? "",
    onQuery: (query) => setPreference("query", query),
    ...(range > 0 ? { rangeMs: range } : {}),
  });
  source.onConnection((state) => state === "unauthorized" && leave("The server no longer accepts this token. Sign in with another one."));
  addEventListener("online", retry);
}

const root = document.querySelector<HTMLElement>("#app");
if (root !== null) {
  const token = keptToken();
  if (token === null) showSignIn(root, "");
  else showDashboard(root, token);
}
