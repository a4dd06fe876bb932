import { describe, expect, it } from "vitest";
import { ToastPolicy, wantsToast } from "../../extension/src/alerts/toast-policy.ts";
import { anAlert } from "../support/an-alert.ts";

const LIMITS = { openLimit: 3, openMs: 20_000, foldMs: 1_500 };
const alerts = (count: number, from = 0) => Array.from({ length: count }, (_, index) => anAlert({ id: `a${from + index}` }));
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);
const all = () => true;

describe("which alerts interrupt", () => {
  it("an alert below the person's severity shows no toast", () => {
    expect(wantsToast(anAlert({ severity: "info" }), "warning")).toBe(false);
    expect(wantsToast(anAlert({ severity: "warning" }), "warning")).toBe(true);
    expect(wantsToast(anAlert({ severity: "critical" }), "warning")).toBe(true);
  });

  it("with toasts off even an emergency is silent", () => {
    expect(wantsToast(anAlert({ severity: "emergency" }), "off")).toBe(false);
  });

  it("an alert that the server's pipeline holds shows no toast", () => {
    const held = anAlert({ held: { stage: "topology", reason: "web-1 is down" } });
    expect(wantsToast(held, "warning")).toBe(false);
  });

  it("pending, acknowledged and resolved alerts show no toast", () => {
    for (const state of ["pending", "acknowledged", "resolved"] as const) expect(wantsToast(anAlert({ state }), "info")).toBe(false);
  });
});

describe("folding", () => {
  it("up to three alerts get a toast each, at once", () => {
    const decision = new ToastPolicy(LIMITS).offer(alerts(3), "warning", 0);
    expect(ids(decision.single)).toEqual(["a0", "a1", "a2"]);
    expect(decision.foldAt).toBeNull();
  });

  it("more at once are folded into one, after a short wait for the rest", () => {
    const policy = new ToastPolicy(LIMITS);
    const decision = policy.offer(alerts(10), "warning", 100);
    expect(decision).toEqual({ single: [], foldAt: 1_600 });
    expect(policy.fold(all, 1_600)).toHaveLength(10);
  });

  it("a fourth while three are open is folded", () => {
    const policy = new ToastPolicy(LIMITS);
    policy.offer(alerts(3), "warning", 0);
    expect(policy.offer(alerts(1, 3), "warning", 10)).toEqual({ single: [], foldAt: 1_510 });
  });

  it("an answered toast makes room for the next", () => {
    const policy = new ToastPolicy(LIMITS);
    policy.offer(alerts(3), "warning", 0);
    policy.closed("a1");
    expect(ids(policy.offer(alerts(1, 3), "warning", 10).single)).toEqual(["a3"]);
  });

  it("a toast that the editor has hidden makes room as well", () => {
    const policy = new ToastPolicy(LIMITS);
    policy.offer(alerts(3), "warning", 0);
    expect(ids(policy.offer(alerts(1, 3), "warning", 20_000).single)).toEqual(["a3"]);
  });

  it("alerts that resolved while they waited are left out", () => {
    const policy = new ToastPolicy(LIMITS);
    policy.offer(alerts(5), "warning", 0);
    expect(ids(policy.fold((id) => id !== "a2", 1_500))).toEqual(["a0", "a1", "a3", "a4"]);
  });

  it("in a flood folded toasts come one per twenty seconds, sooner once the last is closed", () => {
    const policy = new ToastPolicy(LIMITS);
    policy.offer(alerts(5), "warning", 0);
    policy.fold(all, 1_500);
    expect(policy.offer(alerts(5, 5), "warning", 2_000).foldAt).toBe(21_500);
    policy.fold(all, 21_500);
    policy.foldClosed();
    expect(policy.offer(alerts(5, 10), "warning", 22_000).foldAt).toBe(23_500);
  });

  it("the worst come first", () => {
    const mixed = [anAlert({ id: "w", severity: "warning" }), anAlert({ id: "c", severity: "critical" })];
    expect(ids(new ToastPolicy(LIMITS).offer(mixed, "warning", 0).single)).toEqual(["c", "w"]);
  });
});
