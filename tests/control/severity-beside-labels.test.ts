import { describe, expect, it } from "vitest";
import { groupView } from "../../worker/src/alerting/group-view.ts";
import { matchedLabels, silenceMatches } from "../../worker/src/alerting/silence-matching.ts";
import { anAlert } from "../support/an-alert.ts";

const about = (value: string) => ({ matchers: [{ name: "severity", value, isRegex: false, isEqual: true }] });

describe("an alert whose labels say no severity", () => {
  const alert = anAlert({ name: "Slow", severity: "error", labels: { host: "a" } });

  it("is matched by what it is graded as", () => {
    expect(silenceMatches(about("error"), alert)).toBe(true);
    expect(matchedLabels(alert)).toEqual({ alertname: "Slow", severity: "error", host: "a" });
  });

  it("is sent with its own labels and no other", () => {
    expect(groupView({ alerts: [alert] }, "").commonLabels).toEqual({ alertname: "Slow", host: "a" });
  });

  it("is matched by its label alone where it has one, whatever that says", () => {
    const paged = { ...alert, labels: { severity: "page" } };
    expect(silenceMatches(about("page"), paged)).toBe(true);
    expect(silenceMatches(about("error"), paged)).toBe(false);
  });
});
