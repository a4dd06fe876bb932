import { type EscalationPolicy, type EscalationState, escalate, escalationBegun } from "@sightline/shared/on-call/policy";
import { expect, test } from "vitest";

const MINUTE = 60_000;
const ada = { user: "ada" };
const lead = { schedule: "leads" };
const page = (repeat: number | null): EscalationPolicy => ({
  name: "page",
  steps: [
    { targets: [ada], waitMs: 5 * MINUTE },
    { targets: [lead, { receiver: "war-room" }], waitMs: 10 * MINUTE },
  ],
  repeat,
});

/** Minutes at which somebody is told, with the first target, while nobody answers for `minutes`. */
function unanswered(policy: EscalationPolicy, minutes: number): readonly string[] {
  const told: string[] = [];
  let state: EscalationState = escalationBegun(0);
  for (let minute = 0; minute <= minutes; minute++) {
    const step = escalate(policy, state, minute * MINUTE);
    state = step.state;
    if (step.targets.length > 0) told.push(`${minute}: ${step.targets.map((target) => Object.values(target)[0]).join(", ")}`);
  }
  return told;
}

test("each step waits its time, and without an end the steps begin again until somebody acknowledges", () => {
  expect(unanswered(page(null), 40)).toEqual(["0: ada", "5: leads, war-room", "15: ada", "20: leads, war-room", "30: ada", "35: leads, war-room"]);
}); // prettier-ignore

test("a policy that repeats once tells everybody twice and is exhausted", () => {
  expect(unanswered(page(1), 400)).toEqual(["0: ada", "5: leads, war-room", "15: ada", "20: leads, war-room"]);
  expect(unanswered(page(0), 400)).toEqual(["0: ada", "5: leads, war-room"]);
});

test("an object that slept through several steps takes one, not all at once", () => {
  const first = escalate(page(null), escalationBegun(0), 0);
  const late = escalate(page(null), first.state, 60 * MINUTE);
  expect(late.targets).toEqual([lead, { receiver: "war-room" }]);
  expect(escalate(page(null), late.state, 61 * MINUTE).targets).toEqual([]);
});

test("a policy shortened while it runs begins again; one without steps ends", () => {
  const second = escalate(page(null), escalationBegun(0), 0).state;
  const shorter: EscalationPolicy = { ...page(null), steps: page(null).steps.slice(0, 1) };
  const restarted = escalate(shorter, second, 5 * MINUTE);
  expect(escalate(shorter, restarted.state, 5 * MINUTE).targets).toEqual([ada]);
  expect(escalate({ ...shorter, steps: [] }, escalationBegun(0), 0).state.dueAt).toBeNull();
});
