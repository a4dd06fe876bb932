import type { ChannelHealth, Delivery } from "@sightline/shared/api/receiver-responses";
import { channelText, deliveryText } from "@sightline/shared/format/receiver-text";
import { expect, test } from "vitest";

const NOW = 1_000_000;
const channel = (given: Partial<ChannelHealth>): ChannelHealth => ({
  receiver: "ops",
  integration: 0,
  circuit: "closed",
  failures: 0,
  failingSince: null,
  waitsUntil: null,
  deliveredAt: null,
  waiting: 0,
  deadLetters: 0,
  error: null,
  ...given,
});
const delivery = (given: Partial<Delivery>): Delivery => ({
  receiver: "ops",
  integration: 0,
  at: NOW,
  key: "k",
  type: "slack",
  outcome: "delivered",
  status: 200,
  attempts: 1,
  durationMs: 42.4,
  error: null,
  ...given,
});

test("a channel says when it last delivered, that it fails, and what waits", () => {
  expect(channelText(channel({}), NOW)).toBe("");
  expect(channelText(channel({ deliveredAt: NOW - 180_000 }), NOW)).toBe("Delivered 3 min ago");
  expect(channelText(channel({ failures: 2, failingSince: NOW - 60_000, waiting: 1 }), NOW)).toBe("Failing, first 1 min ago, 1 waits");
  expect(channelText(channel({ circuit: "open", failingSince: NOW - 60_000, waiting: 3, deadLetters: 2 }), NOW)).toBe(
    "Not reached, first 1 min ago, 3 wait, 2 dead letters",
  );
});

test("an attempt says what came of it, and why", () => {
  expect(deliveryText(delivery({}))).toBe("slack: delivered (200, 42 ms)");
  expect(deliveryText(delivery({ outcome: "failed", status: null, attempts: 3, error: "it did not answer in 10 s" }))).toBe(
    "slack: failed, to be tried again (attempt 3, 42 ms): it did not answer in 10 s",
  );
  expect(deliveryText(delivery({ type: "", outcome: "dropped", status: null, durationMs: 0 }))).toBe(
    "dropped, as nobody was there to be told (0 ms)",
  );
});
