import { describe, expect, test } from "vitest";
import { trend } from "@sightline/shared/trend/trend";
import { DAY, HOUR, MINUTE, START, noise, series, told } from "../support/made-series.ts";

describe("changes of level or slope", () => {
  test.each([1e4, 1e17, 1e300])("of a level that moves by a quarter is told beside one value of %d", (slip) => {
    const deviate = noise(3);
    const values = Array.from({ length: 300 }, (_, i) => (i === 90 ? slip : (i < 200 ? 100 : 125) + deviate()));
    const found = told(trend(series(values, 6 * MINUTE)));
    expect(found.points).toBe(299);
    expect(found.changePoints).toMatchObject([{ kind: "level", before: expect.closeTo(100, -0.5), after: expect.closeTo(125, -0.5) }]);
  });

  test.each([3e-8, 1e-12])("of a level in noise of %d of it names no change, and of as slow a line how well it fits", (share) => {
    const deviate = noise(21);
    let changed = 0;
    for (let k = 0; k < 20; k++)
      if (
        told(
          trend(
            series(
              Array.from({ length: 300 }, () => 5e11 * (1 + share * deviate())),
              MINUTE,
            ),
          ),
        ).changePoints.length > 0
      )
        changed++;
    expect(changed).toBeLessThanOrEqual(1);
    const line = told(
      trend(
        series(
          Array.from({ length: 300 }, (_, i) => 1e12 * (1 + share * i)),
          MINUTE,
        ),
      ),
    );
    expect(line).toMatchObject({ direction: "rising", changePoints: [] });
    expect(line.r2).toBeGreaterThan(0.99);
  });

  test("tells where the level changed, and where the slope did", () => {
    const deviate = noise(6);
    const shifted = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => (i < 100 ? 50 : 56) + deviate()),
          MINUTE,
        ),
      ),
    );
    expect(shifted.changePoints).toHaveLength(1);
    expect(shifted.changePoints[0]).toMatchObject({ kind: "level" });
    expect(Math.abs((shifted.changePoints[0]?.t ?? 0) - (START + 100 * MINUTE))).toBeLessThanOrEqual(3 * MINUTE);
    const bent = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => 50 + Math.max(0, i - 120) * 0.2 + deviate()),
          MINUTE,
        ),
      ),
    );
    expect(bent.changePoints[0]?.kind).toBe("slope");
    expect(Math.abs((bent.changePoints[0]?.t ?? 0) - (START + 120 * MINUTE))).toBeLessThanOrEqual(20 * MINUTE);
  });

  test.each<[string, (at: Date, deviate: () => number) => number]>([
    ["weeks with quiet weekends", (at, deviate) => (at.getUTCDay() % 6 === 0 ? 30 : 100) + 3 * deviate()],
    ["business hours from seven minutes past", (at, deviate) => (at.getUTCHours() >= 8 && at.getUTCHours() < 18 ? 100 : 10) + deviate()],
    ["a sample in a hundred far out", (_, deviate) => (Math.abs(deviate()) > 2.576 ? 500 : 100) + deviate()],
    ["days that wave", (at, deviate) => 100 + 20 * Math.sin((2 * Math.PI * at.getTime()) / DAY) + deviate()],
  ])("of %s, which do not change, names no change in 19 of 20 series and no direction in 17", (_, value) => {
    const deviate = noise(15);
    let changed = 0;
    let directed = 0;
    for (let k = 0; k < 20; k++) {
      const from = START + k * DAY + 7 * MINUTE;
      const timestamps = Array.from({ length: 21 * 48 }, (__, i) => from + i * 30 * MINUTE);
      const found = told(trend({ timestamps, values: timestamps.map((at) => value(new Date(at), deviate)) }));
      if (found.changePoints.length > 0) changed++;
      if (found.direction === "rising" || found.direction === "falling") directed++;
    }
    expect(changed).toBeLessThanOrEqual(1);
    expect(directed).toBeLessThanOrEqual(3);
  });

  test.each([14, 28])(
    "of days that are busy, and scatter as they are, names none of %d days' in 18 of 20 series, and most often what grows by half",
    (days) => {
      const shapes = [
        (hour: number, day: number, deviate: () => number) => (day < 5 && hour >= 8 && hour < 18 ? 100 : 10) * (1 + 0.1 * deviate()),
        (hour: number, _: number, deviate: () => number) => (hour >= 8 && hour < 18 ? 20 + 4 * deviate() : deviate() > 1.6 ? 3 : 0),
        (hour: number, _: number, deviate: () => number) => (20 + 15 * Math.sin((hour / 12) * Math.PI)) * (1 + 0.15 * deviate()),
      ];
      const deviate = noise(26);
      const changed = (shape: (typeof shapes)[number], more: number): number =>
        Array.from({ length: 20 }, () => {
          const values = Array.from({ length: days * 24 }, (_, i) => {
            const grown = i >= 0.6 * days * 24 ? 1 + more : 1;
            return grown * shape(i % 24, Math.floor(i / 24) % 7, deviate);
          });
          return told(trend(series(values, HOUR))).changePoints.length;
        }).filter((count) => count > 0).length;
      for (const shape of shapes) expect(changed(shape, 0)).toBeLessThanOrEqual(2);
      for (const shape of shapes.slice(1)) expect(changed(shape, 0.5)).toBeGreaterThanOrEqual(11);
    },
  );

  test("finds the change within a season whose edges are sharp", () => {
    const deviate = noise(16);
    const values = Array.from({ length: 28 * 24 }, (_, i) => (Math.floor(i / 24) % 7 > 4 ? 30 : 100) + (i < 400 ? 0 : 20) + 3 * deviate());
    const found = told(trend(series(values, HOUR)));
    expect(found.changePoints).toHaveLength(1);
    expect(Math.abs((found.changePoints[0]?.t ?? 0) - (START + 400 * HOUR))).toBeLessThanOrEqual(6 * HOUR);
  });

  test.each([
    [2 * HOUR, MINUTE],
    [DAY, 4 * MINUTE],
    [2 * DAY, 10 * MINUTE],
    [14 * DAY, HOUR],
  ])("of a jump in the middle of %d ms names the jump, and no season that turns twice", (spanMs, stepMs) => {
    const deviate = noise(24);
    for (const share of [0.47, 0.5, 0.53])
      for (const scatter of [0.02, 1, 3]) {
        const count = Math.round(spanMs / stepMs);
        const found = told(
          trend(
            series(
              Array.from({ length: count }, (_, i) => (i < share * count ? 10 : 30) + scatter * deviate()),
              stepMs,
            ),
          ),
        );
        expect(found.seasons).toEqual([]);
        expect(found.changePoints).toMatchObject([{ kind: "level" }]);
      }
  });

  test("of a series that stood still but for one jump names the jump", () => {
    const found = told(
      trend(
        series(
          Array.from({ length: 240 }, (_, i) => (i < 200 ? 10 : 1000)),
          HOUR,
        ),
      ),
    );
    expect(found.changePoints).toMatchObject([
      { kind: "level", t: START + 200 * HOUR, before: expect.closeTo(10, 9) as number, after: expect.closeTo(1000, 9) as number },
    ]);
  });
});
