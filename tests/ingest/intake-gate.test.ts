import { expect, test } from "vitest";
import { enterIntake, refusedAtIntake } from "../../worker/src/http/intake-gate.ts";

test("writes that do not fit beside those under way are refused by name and counted; when room is again they are let in", () => {
  // Of a body that does not say how long it is, a megabyte.
  const write = () => enterIntake(new Request("http://server/api/v1/write", { method: "POST" }));
  const before = refusedAtIntake();
  const leave = Array.from({ length: 12 }, write);
  expect(write).toThrow(expect.objectContaining({ failure: expect.objectContaining({ code: "overloaded" }) }));
  expect(write).toThrow();
  expect(refusedAtIntake()).toBe(before + 2);
  leave.pop()?.();
  leave.push(write());
  for (const left of leave) left();
  expect(refusedAtIntake()).toBe(before + 2);
});
