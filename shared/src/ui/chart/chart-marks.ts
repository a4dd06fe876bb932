/** Moments that a chart marks with a line, such as deploys. */
import type uPlot from "uplot";
import type { Deploy } from "../../model/deploy.ts";

export interface ChartMark {
  /** Ms. */
  readonly at: number;
  readonly text: string;
}

/** How near the crosshair says what a mark is, CSS pixels. */
export const MARK_REACH = 6;

/** "deploy of shop 1.4.2 by ada"; those of another service or host than the one that is shown are left out. */
export function deployMarks(
  deploys: readonly Deploy[],
  shown: { readonly service?: string; readonly host?: string } = {},
): readonly ChartMark[] {
  const { service = "", host = "" } = shown;
  return deploys
    .filter(
      (deploy) => (service === "" || deploy.service === service) && (host === "" || deploy.host === undefined || deploy.host === host),
    )
    .map(({ at, service: name, version, author }) => ({
      at,
      text: `deploy of ${name} ${version}${author === undefined ? "" : ` by ${author}`}`,
    }));
}

/** What lies within `reachMs` of a moment, the nearest first; empty when nothing does. */
export const marksNear = (marks: readonly ChartMark[], atMs: number, reachMs: number): readonly ChartMark[] =>
  marks.filter(({ at }) => Math.abs(at - atMs) <= reachMs).toSorted((left, right) => Math.abs(left.at - atMs) - Math.abs(right.at - atMs));

/** A dashed line from top to bottom for each that is in view. */
export function drawMarks(plot: uPlot, marks: readonly ChartMark[], colour: string): void {
  const { min = 0, max = 0 } = plot.scales["x"] ?? {};
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  for (const { at } of marks) {
    if (min === null || max === null || at < min || at > max) continue;
    const x = Math.round(plot.valToPos(at, "x", true));
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}
