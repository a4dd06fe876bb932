/** What a person can do about an alert, from a toast, a tree row or the command palette. */
import type { Alert } from "@sightline/shared/model/alert";
import * as vscode from "vscode";
import { findSource } from "../code/find-source.ts";
import { placeOfLabels } from "../code/timing.ts";
import { requireSource } from "../live/require-source.ts";
import type { Session } from "../live/session.ts";
import type { AlertFeed } from "./alert-feed.ts";
import { silenceOf } from "./silence-request.ts";

export class AlertActions {
  readonly #session: Session;
  readonly #feed: AlertFeed;

  constructor(session: Session, feed: AlertFeed) {
    this.#session = session;
    this.#feed = feed;
  }

  async acknowledge(alert: Alert, note?: string): Promise<void> {
    const source = requireSource(this.#session);
    if (source === null) return;
    await this.#tell(async () => {
      const acknowledged = await source.acknowledge(alert.id, note);
      this.#feed.replace(acknowledged);
      return `${alert.name} acknowledged`;
    });
  }

  async silence(alert: Alert, durationMs: number): Promise<void> {
    const source = requireSource(this.#session);
    if (source === null) return;
    await this.#tell(async () => {
      const now = Date.now();
      await source.silence(silenceOf(alert, durationMs, now));
      this.#feed.replace({ ...alert, silencedUntil: now + durationMs });
      return `${alert.name} silenced until ${new Date(now + durationMs).toLocaleTimeString()}`;
    });
  }

  /** For this alert alone; a toast tells again if it still fires then. Zero ends a snooze. */
  async snooze(alert: Alert, durationMs: number): Promise<void> {
    const source = requireSource(this.#session);
    if (source === null) return;
    await this.#tell(async () => {
      const until = Date.now() + durationMs;
      this.#feed.replace(await source.snooze(alert.id, until));
      return durationMs === 0 ? `${alert.name} is awake` : `${alert.name} snoozed until ${new Date(until).toLocaleTimeString()}`;
    });
  }

  /** The line that the alert names, when it names one of this workspace; the dashboard otherwise. */
  async open(alert: Alert): Promise<void> {
    const place = placeOfLabels(alert.labels);
    const uri = place === null ? null : await findSource(place.file);
    if (place === null || uri === null) {
      await vscode.commands.executeCommand("sightline.openDashboard");
      return;
    }
    const at = new vscode.Position(place.line - 1, 0);
    await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at) });
  }

  async #tell(act: () => Promise<string>): Promise<void> {
    try {
      vscode.window.setStatusBarMessage(`Sightline: ${await act()}`, 5_000);
    } catch (error) {
      void vscode.window.showErrorMessage(`Sightline: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
