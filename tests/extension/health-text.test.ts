import { describe, expect, it } from "vitest";
import type { Snapshot } from "@sightline/shared/api/responses";
import { healthText } from "../../extension/src/health-text.ts";
import { aSnapshot } from "./a-snapshot.ts";
import { anAlert } from "../support/an-alert.ts";

const snapshot = (status: Snapshot["health"]["status"], score: number, reasons: readonly string[] = []): Snapshot =>
  aSnapshot({ health: { status, score, reasons } });
const given = { state: "live" as const, url: "http://127.0.0.1:8787", localServer: false, snapshot: snapshot("ok", 98), alerts: [] };

describe("health in the status bar", () => {
  it("without a server it says so, and a click starts one", () => {
    expect(healthText({ ...given, state: "signedOut", snapshot: null })).toMatchObject({
      text: "$(pulse) Sightline: no server",
      command: "sightline.startLocalServer",
    });
  });

  it("with a server on this machine a click signs in", () => {
    expect(healthText({ ...given, state: "signedOut", snapshot: null, localServer: true })).toMatchObject({
      text: "$(pulse) Sightline: sign in",
      command: "sightline.signIn",
    });
  });

  it("a refused token asks for another", () => {
    expect(healthText({ ...given, state: "unauthorized" })).toMatchObject({ background: "warning", command: "sightline.signIn" });
  });

  it("offline is not healthy, whatever the last snapshot said", () => {
    const shown = healthText({ ...given, state: "offline" });
    expect(shown.text).toContain("offline");
    expect(shown.tooltip).toContain("http://127.0.0.1:8787");
  });

  it("live it shows the score, and the dashboard on a click", () => {
    expect(healthText(given)).toMatchObject({ text: "$(pulse) 98", background: null, command: "sightline.openDashboard" });
  });

  it("firing alerts are counted, acknowledged ones are not, and a click shows them", () => {
    const alerts = [anAlert(), anAlert({ id: "a2", state: "acknowledged" })];
    const shown = healthText({ ...given, snapshot: snapshot("critical", 41.4, ["web-1 is silent"]), alerts });
    expect(shown).toMatchObject({ text: "$(error) 41 $(bell) 1", background: "error", command: "sightline.showAlerts" });
    expect(shown.tooltip).toContain("web-1 is silent");
    expect(shown.tooltip).toContain("1 alert is firing.");
  });
});
