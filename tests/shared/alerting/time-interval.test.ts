import { intervalHolds, nextBoundary } from "@sightline/shared/alerting/time-interval";
import { type TimeIntervalPartForm, parseTimeInterval } from "@sightline/shared/alerting/time-interval-form";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

function interval(...parts: TimeIntervalPartForm[]) {
  const parsed = parseTimeInterval({ name: "x", time_intervals: parts });
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const at = (text: string): number => Date.parse(text);

describe("a time interval", () => {
  const office = interval({ weekdays: ["monday:friday"], times: [{ start_time: "09:00", end_time: "17:00" }], location: "Europe/Rome" });

  it("goes by the clock on the wall of its zone, in summer and in winter", () => {
    expect(intervalHolds(office, at("2026-01-05T08:00:00Z"))).toBe(true);
    expect(intervalHolds(office, at("2026-01-05T07:59:59Z"))).toBe(false);
    expect(intervalHolds(office, at("2026-07-06T07:00:00Z"))).toBe(true);
    expect(intervalHolds(office, at("2026-07-06T15:00:00Z"))).toBe(false);
    expect(intervalHolds(office, at("2026-07-05T10:00:00Z"))).toBe(false);
  });

  it("counts negative days from the month's end, leap days among them", () => {
    const lastTwo = interval({ days_of_month: ["-2:-1"] });
    expect(intervalHolds(lastTwo, at("2028-02-29T12:00:00Z"))).toBe(true);
    expect(intervalHolds(lastTwo, at("2028-02-27T12:00:00Z"))).toBe(false);
    expect(intervalHolds(lastTwo, at("2026-02-27T12:00:00Z"))).toBe(true);
    expect(intervalHolds(interval({ days_of_month: ["30:31"] }), at("2026-02-28T12:00:00Z"))).toBe(false);
  });

  it("takes months by name and number, years, and any of its parts", () => {
    const some = interval({ months: ["december", "1:2"], years: ["2026"] }, { weekdays: ["sunday"] });
    expect(intervalHolds(some, at("2026-12-24T00:00:00Z"))).toBe(true);
    expect(intervalHolds(some, at("2026-02-03T00:00:00Z"))).toBe(true);
    expect(intervalHolds(some, at("2027-02-03T00:00:00Z"))).toBe(false);
    expect(intervalHolds(some, at("2027-02-07T00:00:00Z"))).toBe(true);
  });

  it("changes its mind nowhere between one boundary and the next", () => {
    const zones = ["UTC", "Europe/Rome", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu"];
    const time = fc.integer({ min: 0, max: 1439 });
    const clock = (minute: number): string => `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.tuple(time, time).filter(([from, to]) => from < to),
        fc.integer({ min: at("2026-03-20T00:00:00Z"), max: at("2026-11-05T00:00:00Z") }),
        fc.boolean(),
        (location, [from, to], now, weekend) => {
          const some = interval({
            times: [{ start_time: clock(from), end_time: clock(to) }],
            ...(weekend ? { weekdays: ["saturday", "sunday"] } : {}),
            location,
          });
          const next = nextBoundary(some, now);
          expect(next).toBeGreaterThan(now);
          const said = intervalHolds(some, now);
          for (let step = 1; step < 20; step++) {
            const between = Math.floor(now + ((next - now) * step) / 20);
            if (between < next) expect(intervalHolds(some, between), new Date(between).toISOString()).toBe(said);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
