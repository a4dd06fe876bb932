import { DataSourceError } from "../../api/data-source.ts";
import { element } from "../dom/element.ts";

export interface SignInOptions {
  /** Why the form is shown again; empty the first time. */
  readonly problem: string;
  /** Rejects when the token is not accepted. */
  readonly check: (token: string) => Promise<void>;
  readonly signedIn: (token: string, remember: boolean) => void;
}

export function signInForm({ problem, check, signedIn }: SignInOptions): HTMLElement {
  const token = element("input", { class: "sl-input", type: "password", label: "Token" });
  token.autocomplete = "current-password";
  token.name = "token";
  token.placeholder = "sl_default_…";
  token.required = true;
  const remember = element("input", { type: "checkbox" });
  const message = element("p", { class: "sl-form-problem", role: "alert", text: problem });
  const submit = element("button", { class: "sl-button sl-button-primary", type: "submit", text: "Sign in" });
  const form = element("form", { class: "sl-sign-in" }, [
    element("div", { class: "sl-brand sl-brand-large" }, [element("span", { class: "sl-mark" }), element("span", { text: "Sightline" })]),
    element("p", {
      class: "sl-muted",
      text: "Paste a token to see this server's live metrics. `npm start` prints where its admin token is kept.",
    }),
    element("label", { class: "sl-field" }, [element("span", { text: "Token" }), token]),
    element("label", { class: "sl-check" }, [remember, element("span", { text: "Keep me signed in on this computer" })]),
    message,
    submit,
  ]);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = token.value.trim();
    if (given === "") {
      message.textContent = "The token is empty. Paste the line from the token file.";
      return;
    }
    submit.disabled = true;
    message.textContent = "";
    check(given).then(
      () => signedIn(given, remember.checked),
      (reason: unknown) => {
        submit.disabled = false;
        message.textContent = reason instanceof DataSourceError ? reason.message : String(reason);
        token.focus();
      },
    );
  });
  queueMicrotask(() => token.focus());
  return element("div", { class: "sl-sign-in-page" }, [form]);
}
