import ICAL from "ical.js";
import { describe, expect, it } from "vitest";
import { projectStub } from "../../worker/src/objects/stubs.ts";
import { env, json, problemOf, send, sendAs, tokenOf } from "./http-calls.ts";

const HOUR = 3_600_000;

const weekly = {
  layers: [
    { name: "primary", timeZone: "Europe/Rome", users: ["ada", "ben"], start: "2026-11-02T09:00", rotation: { every: 1, unit: "weeks" } },
  ],
};

async function staffed(project: string): Promise<ReturnType<typeof sendAs>> {
  const admin = sendAs(await tokenOf(project, "admin"));
  for (const [id, name] of [["ada", "Ada L."], ["ben", "Ben, the other"]]) await admin(`/v1/users/${id}`, json("PUT", { name })); // prettier-ignore
  return admin;
}

interface OnCallAnswer {
  readonly schedules: readonly { readonly user: { readonly id: string } | null; readonly until: number | null; readonly next: { readonly id: string } | null }[];
} // prettier-ignore

describe("on call", () => {
  it("says who is on call, until when, and who follows; an override stands in and is taken back", async () => {
    const admin = await staffed("on-call");
    expect((await admin("/v1/oncall/schedules/web", json("PUT", weekly))).status).toBe(200);
    const at = Date.parse("2026-11-04T12:00:00+01:00");
    const now = async (): Promise<OnCallAnswer["schedules"][number] | undefined> =>
      (await (await admin(`/v1/oncall?at=${at}`)).json<OnCallAnswer>()).schedules[0];
    expect(await now()).toEqual({
      schedule: "web",
      user: { id: "ada", name: "Ada L." },
      source: "primary",
      until: Date.parse("2026-11-09T09:00:00+01:00"),
      next: { id: "ben", name: "Ben, the other", startMs: Date.parse("2026-11-09T09:00:00+01:00") },
    });
    const made = await admin("/v1/oncall/schedules/web/overrides", json("POST", { user: "ben", start: at - HOUR, end: new Date(at + HOUR).toISOString() }));
    expect(made.status).toBe(201);
    expect(await now()).toMatchObject({ user: { id: "ben" }, source: "override", until: at + HOUR, next: { id: "ada" } });
    // Replacing the layers leaves the override in place.
    await admin("/v1/oncall/schedules/web", json("PUT", weekly));
    expect(await now()).toMatchObject({ source: "override" });
    const { id } = await made.json<{ readonly id: string }>();
    expect((await admin(`/v1/oncall/schedules/web/overrides/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(await now()).toMatchObject({ source: "primary" });
  }); // prettier-ignore

  it.each([
    [{ layers: [{ ...weekly.layers[0], users: ["nobody"] }] }, 'There is no user "nobody"; PUT /v1/users/nobody first. Nothing was changed.'],
    [{ layers: [{ ...weekly.layers[0], timeZone: "Rome" }] }, 'Layer "primary": "Rome" is not an IANA time zone; write it as Europe/Rome. Nothing was changed.'],
    [{ layers: [{ ...weekly.layers[0], start: "2026-02-30T09:00" }] }, 'Layer "primary": "2026-02-30T09:00" is not a local date and time such as 2026-01-05T09:00; the layer\'s time zone says where. Nothing was changed.'],
    [{ layers: [{ ...weekly.layers[0], windows: [{ from: "9:00", to: "17:00" }] }] }, 'Layer "primary": "9:00" is not a time of day such as 09:00. Nothing was changed.'],
  ])("a schedule that makes no sense is refused in words: %#", async (schedule, words) => {
    const admin = await staffed("on-call-refusals");
    const refused = await admin("/v1/oncall/schedules/web", json("PUT", schedule));
    expect(refused.status).toBe(400);
    expect((await problemOf(refused)).detail).toBe(words);
  }); // prettier-ignore

  it("calendar programs read the shifts at a signed address without a token, and at no other", async () => {
    const admin = await staffed("on-call-calendar");
    await admin("/v1/oncall/schedules/web", json("PUT", { layers: [{ ...weekly.layers[0], start: "2026-01-05T09:00" }] }));
    const made = await admin("/v1/oncall/schedules/web/calendar", { method: "POST" });
    const { pathname } = new URL((await made.json<{ readonly url: string }>()).url);
    const answer = await send(pathname);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/calendar; charset=utf-8");
    const text = await answer.text();
    expect(text.split("\r\n").every((line) => new TextEncoder().encode(line).length <= 75)).toBe(true);
    const events = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents("vevent").map((event) => new ICAL.Event(event));
    expect(events.length).toBeGreaterThan(12);
    expect(events.map(({ summary }) => summary)).toContain("Ben, the other on call: web");
    const week = events[2];
    expect(week?.endDate.subtractDate(week.startDate).toSeconds()).toBe(7 * 24 * 3600);
    const changed = pathname.replace(/.(?=\.ics$)/, (digit) => (digit === "0" ? "1" : "0"));
    expect((await send(changed)).status).toBe(404);
    expect((await send("/oncall/on-call-calendar.abc.def.ics")).status).toBe(404);
    expect((await send("/oncall/never-heard-of.abc.def.ics")).status).toBe(404);
  });

  it("an escalation policy names people, schedules and receivers that exist, and reads back as it was put", async () => {
    const admin = await staffed("on-call-policies");
    await admin("/v1/oncall/schedules/web", json("PUT", weekly));
    const policy = {
      steps: [
        { targets: [{ schedule: "web" }], wait: "5m" },
        { targets: [{ user: "ben" }], wait: "10m" },
      ],
      repeat: null,
    };
    const put = await admin("/v1/oncall/policies/page", json("PUT", policy));
    expect(await put.json()).toEqual({ name: "page", ...policy });
    const refused = await admin("/v1/oncall/policies/page", json("PUT", { steps: [{ targets: [{ receiver: "none" }], wait: "5m" }] }));
    expect((await problemOf(refused)).detail).toBe('There is no receiver "none". Nothing was changed.');
    expect((await admin("/v1/oncall/policies/page", json("PUT", { steps: [{ targets: [{ user: "ben" }], wait: "soon" }] }))).status).toBe(
      400,
    );
  });
});

describe("acknowledging by a link", () => {
  it("a link that was made up is refused without bringing a project into being", async () => {
    expect((await send("/a/nothing-here.abc.def")).status).toBe(404);
    expect((await send("/a/nothing-here.abc.def", { method: "POST" })).status).toBe(404);
    expect(await projectStub(env, "nothing-here").authenticate("x")).toBeNull();
  });
});
