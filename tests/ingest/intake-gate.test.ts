import { expect, test } from "vitest";
import { enterIntake, refusedAtIntake } from "../../worker/src/http/intake-gate.ts";

test("writes that do not fit beside those under way are refused by name and counted; when room is again they are let in", () => {
  // Of a body that does not say how long it is, a megabyte.
  let senders = 0;
  const write = () => enterIntake(new Request("http://server/api/v1/write", { method: "POST" }), `sender-${senders++}`);
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

test("a sender that floods leaves room to those that have little under way", () => {
  const write = (sender: string) => () =>
    enterIntake(new Request("http://server/api/v1/write", { method: "POST", headers: { "content-length": "1000" } }), sender);
  const refusal = expect.objectContaining({ failure: expect.objectContaining({ code: "overloaded" }) });
  const leave = Array.from({ length: 192 }, write("flood"));
  expect(write("flood")).toThrow(refusal);
  leave.push(...Array.from({ length: 4 }, write("patient")));
  expect(write("patient")).toThrow(refusal);
  leave.push(write("another")());
  for (const left of leave) left();
  for (const left of Array.from({ length: 192 }, write("patient"))) left();
});
