/** The status bar's text for every state of the connection. */
import type { ConnectionState } from "@sightline/shared/api/data-source";
import type { Snapshot } from "@sightline/shared/api/responses";
import type { Alert } from "@sightline/shared/model/alert";

export interface HealthText {
  /** With VS Code's `$(icon)` notation. */
  readonly text: string;
  readonly tooltip: string;
  readonly background: "error" | "warning" | null;
  readonly command: "sightline.signIn" | "sightline.startLocalServer" | "sightline.showAlerts" | "sightline.openDashboard";
}

export interface HealthInput {
  readonly state: ConnectionState | "signedOut";
  readonly url: string;
  readonly localServer: boolean;
  readonly snapshot: Snapshot | null;
  readonly alerts: readonly Alert[];
}

export function healthText(input: HealthInput): HealthText {
  const { state, url, snapshot } = input;
  if (state === "signedOut") {
    return input.localServer
      ? {
          text: "$(pulse) Sightline: sign in",
          tooltip: "A server is running on this machine. Click to sign in.",
          background: null,
          command: "sightline.signIn",
        }
      : {
          text: "$(pulse) Sightline: no server",
          tooltip: "Not signed in, and no server runs on this machine. Click to start one.",
          background: null,
          command: "sightline.startLocalServer",
        };
  }
  if (state === "unauthorized") {
    return {
      text: "$(key) Sightline: token refused",
      tooltip: `${url} no longer accepts the token. Click to sign in again.`,
      background: "warning",
      command: "sightline.signIn",
    };
  }
  if (state === "offline") {
    return {
      text: "$(debug-disconnect) Sightline: offline",
      tooltip: `${url} does not answer; it is tried again by itself. Click to start a local server.`,
      background: "warning",
      command: "sightline.startLocalServer",
    };
  }
  if (state === "connecting" || snapshot === null) {
    return { text: "$(sync~spin) Sightline", tooltip: `Connecting to ${url}`, background: null, command: "sightline.signIn" };
  }
  const firing = input.alerts.filter((alert) => alert.state === "firing").length;
  const { status, score, reasons } = snapshot.health;
  const icon = status === "ok" ? "$(pulse)" : status === "degraded" ? "$(warning)" : "$(error)";
  const bell = firing === 0 ? "" : ` $(bell) ${firing}`;
  const lines = [`Health ${Math.round(score)} of 100 (${status})`, ...reasons.map((reason) => `• ${reason}`)];
  lines.push(firing === 0 ? "No alert is firing." : `${firing} ${firing === 1 ? "alert is" : "alerts are"} firing.`, url);
  return {
    text: `${icon} ${Math.round(score)}${bell}`,
    tooltip: lines.join("\n"),
    background: status === "critical" ? "error" : status === "degraded" ? "warning" : null,
    command: firing === 0 ? "sightline.openDashboard" : "sightline.showAlerts",
  };
}
