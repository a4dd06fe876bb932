/** What the browser keeps: the token for this tab or for good, as the person chose, and a few preferences. */
const TOKEN = "sightline.token";

/** Storage may be switched off; then nothing is kept and the page still works. */
function attempt<T>(use: () => T, otherwise: T): T {
  try {
    return use();
  } catch {
    return otherwise;
  }
}

export function keptToken(): string | null {
  return attempt(() => sessionStorage.getItem(TOKEN) ?? localStorage.getItem(TOKEN), null);
}

export function keepToken(token: string, remember: boolean): void {
  forgetToken();
  attempt(() => (remember ? localStorage : sessionStorage).setItem(TOKEN, token), undefined);
}

export function forgetToken(): void {
  attempt(() => {
    sessionStorage.removeItem(TOKEN);
    localStorage.removeItem(TOKEN);
  }, undefined);
}

export function preference(name: "theme" | "range" | "query"): string | null {
  return attempt(() => localStorage.getItem(`sightline.${name}`), null);
}

export function setPreference(name: "theme" | "range" | "query", value: string): void {
  attempt(() => localStorage.setItem(`sightline.${name}`, value), undefined);
}
