import type { OnCall } from "@sightline/shared/on-call/schedule";
import { expect, test } from "vitest";
import { onCallLine, onCallText } from "../../extension/src/on-call/on-call-text.ts";
import { onCallNodes } from "../../extension/src/trees/on-call-nodes.ts";

const until = new Date(2026, 10, 9, 9).getTime();
const ada: OnCall = {
  schedule: "web",
  user: { id: "ada", name: "Ada" },
  source: "primary",
  until,
  next: { id: "ben", name: "Ben", startMs: until },
};
const nobody: OnCall = {
  schedule: "nights",
  user: null,
  source: null,
  until,
  next: { id: "cleo", name: "Cleo", startMs: until + 3_600_000 },
};

test("a project without schedules shows nothing about being on call", () => {
  expect(onCallText([])).toBeNull();
  expect(onCallNodes([])).toEqual([]);
});

test("one name while one person is on call for everything, a count otherwise", () => {
  expect(onCallText([ada, { ...ada, schedule: "db" }])?.text).toBe("$(person) Ada");
  expect(onCallText([ada, nobody])?.text).toBe("$(person) 2 on call");
});

test("the line says until when, who follows, and that somebody stands in", () => {
  expect(onCallLine(ada)).toMatch(/^Ada until .*9.*, then Ben$/);
  expect(onCallLine({ ...ada, source: "override" })).toMatch(/^Ada \(standing in\) until /);
  expect(onCallLine(nobody)).toMatch(/^nobody until .*, next Cleo from /);
  expect(onCallLine({ ...ada, until: null, next: null })).toBe("Ada");
});

test("a schedule nobody answers for stands out in the view", () => {
  expect(onCallNodes([ada, nobody])[0]?.children?.map(({ icon }) => icon)).toEqual(["account", "warning"]);
});
