import { onCallAt, windowOn } from "./on-call-at.ts";
import { handoverBefore, handoversOf } from "./rotation.ts";
import type { Layer, Schedule, Shift } from "./schedule.ts";
import { daysBetween, instantOf, parseWall, wallAt } from "./wall-clock.ts";

/** Moments within (startMs, endMs) at which who is on call may change by this layer. */
function edgesOf(layer: Layer, startMs: number, endMs: number): readonly number[] {
  const handovers = handoversOf(layer);
  if (handovers === null) return [];
  const edges: number[] = [];
  for (let k = Math.max(0, handoverBefore(handovers, startMs)); ; k++) {
    const at = handovers.at(k);
    if (at >= endMs) break;
    edges.push(at);
  }
  const end = layer.end === undefined ? null : parseWall(layer.end);
  if (end !== null) edges.push(instantOf(end, layer.timeZone));
  const days = daysBetween(wallAt(startMs, layer.timeZone), wallAt(endMs, layer.timeZone));
  for (const window of layer.windows ?? []) {
    for (let day = -1; day <= days; day++) edges.push(...(windowOn(window, layer.timeZone, startMs, day) ?? []));
  }
  return edges;
}

/** Who is on call from `startMs` to `endMs`, in order; times nobody is on call are gaps between the shifts. */
export function shiftsBetween(schedule: Schedule, startMs: number, endMs: number): readonly Shift[] {
  const edges = new Set([startMs, endMs]);
  for (const { startMs: from, endMs: to } of schedule.overrides) edges.add(from).add(to);
  for (const layer of schedule.layers) for (const edge of edgesOf(layer, startMs, endMs)) edges.add(edge);
  const moments = [...edges].filter((edge) => edge >= startMs && edge <= endMs).toSorted((a, b) => a - b);
  const shifts: Shift[] = [];
  for (let i = 0; i + 1 < moments.length; i++) {
    const [from = startMs, to = endMs] = moments.slice(i, i + 2);
    const holder = onCallAt(schedule, from);
    const last = shifts.at(-1);
    if (holder === null) continue;
    if (last !== undefined && last.endMs === from && last.user === holder.user && last.source === holder.source) {
      shifts[shifts.length - 1] = { ...last, endMs: to };
    } else shifts.push({ ...holder, startMs: from, endMs: to });
  }
  return shifts;
}
