import { effectiveTree, groupKeyOf, groupLabelsOf, routesOf } from "@sightline/shared/alerting/route-tree";
import { type RouteForm, parseRouting, routingForm } from "@sightline/shared/alerting/routing-form";
import { describe, expect, it } from "vitest";

function treeOf(route: RouteForm) {
  const config = parseRouting({ route });
  if (!config.ok) throw new Error(config.error.message);
  return effectiveTree(config.value.route);
}

// The tree of Alertmanager's own dispatch/route_test.go.
const tree = treeOf({
  receiver: "notify-def",
  routes: [
    {
      match: { owner: "team-A" },
      receiver: "notify-A",
      routes: [
        { match: { env: "testing" }, receiver: "notify-testing", group_by: ["..."] },
        { match: { env: "production" }, receiver: "notify-productionA", group_wait: "1m", continue: true },
        {
          match_re: { env: "produ.*", job: ".*" },
          receiver: "notify-productionB",
          group_wait: "30s",
          group_interval: "5m",
          repeat_interval: "1h",
          group_by: ["job"],
        },
      ],
    },
    { match_re: { owner: "team-(B|C)" }, group_by: ["foo", "bar"], group_wait: "2m", receiver: "notify-BC" },
    {
      match: { group_by: "role" },
      group_by: ["role"],
      routes: [{ match: { env: "testing" }, receiver: "notify-testing", routes: [{ match: { wait: "long" }, group_wait: "2m" }] }],
    },
  ],
});

const receivers = (labels: Record<string, string>): readonly (string | null)[] => routesOf(tree, labels).map(({ receiver }) => receiver);

describe("the route tree", () => {
  it("decides as Alertmanager's dispatcher does", () => {
    expect(receivers({ owner: "team-A" })).toEqual(["notify-A"]);
    expect(receivers({ owner: "team-A", env: "unset" })).toEqual(["notify-A"]);
    expect(receivers({ owner: "team-C" })).toEqual(["notify-BC"]);
    expect(receivers({ owner: "team-A", env: "testing" })).toEqual(["notify-testing"]);
    expect(receivers({ owner: "team-A", env: "production" })).toEqual(["notify-productionA", "notify-productionB"]);
    expect(receivers({ group_by: "role" })).toEqual(["notify-def"]);
    expect(receivers({ env: "testing", group_by: "role" })).toEqual(["notify-testing"]);
    expect(receivers({ env: "testing", group_by: "role", wait: "long" })).toEqual(["notify-testing"]);
    expect(receivers({})).toEqual(["notify-def"]);
  });

  it("hands durations and grouping down, and leaves mute times where they are", () => {
    const [, bc] = treeOf({
      receiver: "a",
      group_by: ["x"],
      routes: [{ matchers: ["a=1"] }, { group_wait: "2m", routes: [{ matchers: ["b=1"] }] }],
    }).routes;
    expect(bc?.routes[0]).toMatchObject({
      receiver: "a",
      groupBy: ["x"],
      groupWaitMs: 120_000,
      groupIntervalMs: 300_000,
      repeatIntervalMs: 14_400_000,
    });
    const [long] = routesOf(tree, { env: "testing", group_by: "role", wait: "long" });
    expect(long).toMatchObject({ groupBy: ["role"], groupWaitMs: 120_000 });
  });

  it("groups by the labels an alert has, and by all of them for ...", () => {
    const labels = { owner: "team-A", env: "testing", alertname: "X" };
    const [route] = routesOf(tree, labels);
    expect(route === undefined ? null : groupLabelsOf(route, labels)).toEqual({ alertname: "X", env: "testing", owner: "team-A" });
    expect(groupLabelsOf({ groupBy: ["foo", "bar"] }, { foo: "1", other: "2" })).toEqual({ foo: "1" });
  });

  it("names a route the same when others come to stand beside it", () => {
    const paths = (routes: RouteForm[]): readonly string[] => treeOf({ receiver: "r", routes }).routes.map(({ path }) => path);
    const ops: RouteForm = { receiver: "ops", continue: true };
    expect(paths([{ receiver: "first", continue: true }, ops])).toContain(paths([ops])[0]);
    const twins = paths([ops, ops]);
    expect(new Set(twins).size).toBe(2);
    expect(groupKeyOf({ path: paths([ops])[0] ?? "" }, { alertname: "X" })).toBe('{}/{} ops:{alertname="X"}');
  });
});

describe("routes as Alertmanager's configuration writes them", () => {
  const form = {
    route: {
      receiver: "r",
      group_by: ["alertname"],
      group_wait: "10s",
      routes: [{ matchers: ['severity=~"critical|error"', 'team!="a,b"'], mute_time_intervals: ["nights"], continue: true }],
    },
    inhibit_rules: [{ source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: ["host"] }],
    time_intervals: [
      {
        name: "nights",
        time_intervals: [
          {
            times: [{ start_time: "22:00", end_time: "24:00" }],
            weekdays: ["monday:friday"],
            days_of_month: ["1:5", "-3:-1"],
            months: ["january:march"],
            years: ["2026:2027"],
            location: "Europe/Rome",
          },
        ],
      },
    ],
  };

  it("come back as they were put", () => {
    const config = parseRouting(form);
    expect(config.ok && routingForm(config.value)).toEqual(form);
  });

  it.each([
    [{ route: {} }, "names no receiver"],
    [{ route: { receiver: "r", matchers: ["a=b"] } }, "takes every alert and has no matchers"],
    [{ route: { receiver: "r", group_wait: "ten" } }, "route: group_wait"],
    [{ route: { receiver: "r", group_interval: "0s" } }, "longer than zero"],
    [{ route: { receiver: "r", routes: [{ matchers: ["severity"] }] } }, 'route.routes[0]: "severity" is not a matcher'],
    [{ route: { receiver: "r", routes: [{ matchers: ['a=~"("'] }] } }, "does not compile"],
    [{ route: { receiver: "r", routes: [{ mute_time_intervals: ["never"] }] } }, 'no time interval "never"'],
    [{ route: { receiver: "r" }, inhibit_rules: [{ source_matchers: ["a=b"] }] }, "inhibit_rules[0]: it needs matchers"],
    [{ route: { receiver: "r" }, time_intervals: [{ name: "x", time_intervals: [{ weekdays: ["noday"] }] }] }, "not a range of weekdays"],
    [{ route: { receiver: "r" }, time_intervals: [{ name: "x", time_intervals: [{ location: "Mars/Base" }] }] }, "not an IANA time zone"],
    [
      {
        route: { receiver: "r" },
        time_intervals: [{ name: "x", time_intervals: [{ times: [{ start_time: "17:00", end_time: "09:00" }] }] }],
      },
      "the end comes after the start",
    ],
  ])("are refused with the place and the reason: %j", (wrong, words) => {
    const config = parseRouting(wrong);
    expect(config.ok ? "accepted" : config.error.message).toContain(words);
  });
});
