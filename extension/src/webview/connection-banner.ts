/** Above the charts when there is no connection: what is the case and the button that changes it. */
import type { ToExtension, ToWebview } from "../dashboard/panel-protocol.ts";

type State = Extract<ToWebview, { type: "connection" }>["state"];
type Command = Extract<ToExtension, { type: "command" }>["command"];

const BANNERS: Record<State, { readonly text: string; readonly button: string; readonly command: Command } | null> = {
  live: null,
  connecting: null,
  signedOut: { text: "You are not signed in to a Sightline server.", button: "Sign In", command: "sightline.signIn" },
  unauthorized: { text: "The server no longer accepts the token.", button: "Sign In Again", command: "sightline.signIn" },
  offline: {
    text: "The server does not answer; it is tried again by itself. Charts show what was received until then.",
    button: "Start Local Server",
    command: "sightline.startLocalServer",
  },
};

export function showBanner(banner: HTMLElement, state: State, run: (command: Command) => void): void {
  const shown = BANNERS[state];
  banner.hidden = shown === null;
  banner.replaceChildren();
  if (shown === null) return;
  const button = document.createElement("button");
  button.textContent = shown.button;
  button.addEventListener("click", () => run(shown.command));
  banner.append(shown.text, " ", button);
}
