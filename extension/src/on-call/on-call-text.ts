/** Who is on call, in the words of the status bar and the alerts view. */
import type { OnCall } from "@sightline/shared/on-call/schedule";

const when = (ms: number): string =>
  new Date(ms).toLocaleString(undefined, { weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });

/** Null when the project has no schedules: nothing is shown then. */
export function onCallText(schedules: readonly OnCall[]): { readonly text: string; readonly tooltip: string } | null {
  const [first] = schedules;
  if (first === undefined) return null;
  const holders = new Set(schedules.map(({ user }) => user?.name ?? "nobody"));
  const [name] = holders;
  return {
    text: `$(person) ${holders.size === 1 ? name : `${holders.size} on call`}`,
    tooltip: schedules.map((schedule) => `${schedule.schedule}: ${onCallLine(schedule)}`).join("\n"),
  };
}

/** `Ada until Mon, Nov 9, 09:00, then Ben`, in the reader's own time zone. */
export function onCallLine({ user, source, until, next }: OnCall): string {
  const now = user === null ? "nobody" : `${user.name}${source === "override" ? " (standing in)" : ""}`;
  const then = next === null ? "" : until === next.startMs ? `, then ${next.name}` : `, next ${next.name} from ${when(next.startMs)}`;
  return `${now}${until === null ? "" : ` until ${when(until)}`}${then}`;
}
