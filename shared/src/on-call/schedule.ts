/** Who is on call when, as people write it. Wall-clock times are of the layer's time zone; instants are ms. */

/** `2026-01-05T09:00`: no offset, the layer's time zone decides. */
export type WallClock = string;

/** Hand-over every so many hours, days, weeks or months of the wall clock, counted from the layer's start. */
export interface RegularRotation {
  readonly every: number;
  readonly unit: "hours" | "days" | "weeks" | "months";
}

/** Hand-over at these moments of each week, e.g. Monday 09:00 and Thursday 17:00. */
export interface WeeklyHandovers {
  readonly handovers: readonly WeeklyMoment[];
}

export interface WeeklyMoment {
  /** 0 = Sunday. */
  readonly weekday: number;
  /** `HH:MM`. */
  readonly time: string;
}

/** When a layer is on duty at all; absent: always. A window whose `to` is not after `from` ends on the next day. */
export interface DutyWindow {
  /** 0 = Sunday; the day on which the window begins. Absent: every day. */
  readonly weekdays?: readonly number[];
  readonly from: string;
  /** `24:00` is the day's end. */
  readonly to: string;
}

export interface Layer {
  readonly name: string;
  /** IANA name. Layers of one schedule in different zones make it follow the sun. */
  readonly timeZone: string;
  /** Users in the order of their turns; the first is on call from the start. */
  readonly users: readonly string[];
  readonly start: WallClock;
  readonly end?: WallClock;
  readonly rotation: RegularRotation | WeeklyHandovers;
  readonly windows?: readonly DutyWindow[];
}

/** Somebody stands in. Of overlapping ones the later in the list holds. */
export interface Override {
  readonly id: string;
  readonly user: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Later layers lie over earlier ones: who is named by the topmost one on duty is on call. */
export interface Schedule {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly overrides: readonly Override[];
}

/** From `startMs` up to, not including, `endMs`. `source`: the layer's name, or `override`. */
export interface Shift {
  readonly user: string;
  readonly source: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Who is on call by one schedule. `until` and `next` are null when nothing changes within 60 days. */
export interface OnCall {
  readonly schedule: string;
  readonly user: { readonly id: string; readonly name: string } | null;
  /** The layer's name, or `override`; null when nobody is on call. */
  readonly source: string | null;
  readonly until: number | null;
  readonly next: { readonly id: string; readonly name: string; readonly startMs: number } | null;
}
