import type { Deploy } from "@sightline/shared/model/deploy";
import { deployMarks, marksNear } from "@sightline/shared/ui/chart/chart-marks";
import { describe, expect, it } from "vitest";

const deploy = (service: string, at: number, more: Partial<Deploy> = {}): Deploy => ({
  id: `${service}-${at}`,
  service,
  version: "1.4.2",
  at,
  ...more,
});

describe("marks on charts", () => {
  it("a deploy is marked with its service, its version and who did it", () => {
    expect(deployMarks([deploy("shop", 1000, { author: "ada" })])).toEqual([{ at: 1000, text: "deploy of shop 1.4.2 by ada" }]);
  });

  it("of a chart that shows one service or host the deploys of others are left out", () => {
    const deploys = [deploy("shop", 1), deploy("mail", 2), deploy("shop", 3, { host: "web-1" })];
    expect(deployMarks(deploys, { service: "shop" }).map(({ at }) => at)).toEqual([1, 3]);
    expect(deployMarks(deploys, { service: "", host: "web-2" }).map(({ at }) => at)).toEqual([1, 2]);
  });

  it("the crosshair tells of those within its reach, the nearest first", () => {
    const marks = [100, 110, 130].map((at) => ({ at, text: String(at) }));
    expect(marksNear(marks, 112, 12).map(({ text }) => text)).toEqual(["110", "100"]);
    expect(marksNear(marks, 500, 12)).toEqual([]);
  });
});
