import type { AlertTraceResponse } from "@sightline/shared/alerting/trace";
import { describe, expect, it } from "vitest";
import { whyDocument } from "../../extension/src/alerts/why-text.ts";
import { anAlert } from "../support/an-alert.ts";

const at = Date.parse("2026-06-01T10:00:00Z");

const trace = (given: Partial<AlertTraceResponse> = {}): AlertTraceResponse => ({
  alert: anAlert(),
  condition: "cpu_busy > 0.8",
  transitions: [
    {
      at,
      from: "pending",
      to: "firing",
      value: 0.97,
      threshold: 0.8,
      severity: "error",
      reason: "the condition has held for 2 min, with 0.97 against 0.8",
    },
  ],
  stages: [
    { at, stage: "route", receiver: "pager", decision: "passed", reason: "joins the group", count: 1, lastAt: at },
    { at, stage: "silence", receiver: "pager", decision: "held", reason: "silence s1 of Ada", count: 3, lastAt: at + 60_000 },
    { at, stage: "person", decision: "done", reason: "Ada wrote a note", count: 1, lastAt: at },
  ],
  dropped: 0,
  ...given,
});

describe("the page that says why", () => {
  it("tells what the rule saw, with the values", () => {
    const text = whyDocument(trace());
    expect(text).toContain("# Why HighCpu is firing");
    expect(text).toContain("`cpu_busy > 0.8`");
    expect(text).toMatch(/2026-06-01 10:00:00 \| firing \| 0\.97 \| 0\.8/);
  });

  it("says for each receiver whether it was told, and why not", () => {
    const text = whyDocument(trace());
    expect(text).toContain("## Who was told: pager\n\nNot told: silence s1 of Ada.");
    expect(text).toContain("(3 times, last at 2026-06-01 10:01:00)");
    expect(text).toContain("## What people and time did");
  });

  it("says so when nobody was asked, and keeps a table whole whatever a reason says", () => {
    expect(whyDocument(trace({ stages: [] }))).toContain("nothing held it: the editor was told at once");
    const stages = [
      { at, stage: "deliver", receiver: "ops", decision: "failed", reason: "answered 500 | try\nagain", count: 1, lastAt: at },
    ] as const;
    const [line] = whyDocument(trace({ stages }))
      .split("\n")
      .filter((each) => each.includes("failed"));
    expect(line).toContain("\\|");
    expect(line?.split(/(?<!\\)\|/)).toHaveLength(6);
  });
});
