/** What a random run of the notification pipeline is made of. Times in ms. */
import type { RoutingForm } from "@sightline/shared/alerting/routing-form";
import type { Severity } from "@sightline/shared/model/alert";
import fc from "fast-check";
import type { ReceiverState } from "./deliveries.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
export const GROUP_WAIT = 10 * SECOND;
export const GROUP_INTERVAL = 60 * SECOND;
export const REPEAT = 10 * MINUTE;
/** A Monday, ten minutes before the quiet hour of the routes. */
export const BEGIN = Date.UTC(2026, 5, 1, 8, 50);
export const QUIET_FROM = Date.UTC(2026, 5, 1, 9, 0);
export const QUIET_TO = Date.UTC(2026, 5, 1, 9, 30);
/** From warning to critical, for the rule Slow. */
export const ESCALATES_AFTER = 20 * MINUTE;

export interface Source {
  readonly name: "Down" | "Slow" | "Full";
  readonly host: "h1" | "h2";
  readonly severity: Severity;
}

/** Down inhibits the warnings of its host. */
export const SOURCES: readonly Source[] = (["Down", "Slow", "Full"] as const).flatMap((name) =>
  (["h1", "h2"] as const).map((host): Source => ({ name, host, severity: name === "Down" ? "critical" : "warning" })),
);

/** The default tree is `null`. */
export interface Config {
  readonly name: string;
  readonly routes: RoutingForm | null;
  readonly inhibits: boolean;
  /** Groups of one receiver that are told by themselves before they are folded. */
  readonly foldsFrom: number;
  /** Independently of the tree: the receivers of an alert, each with the labels of its group and whether it keeps the quiet hour. */
  readonly receiversOf: (
    source: Source,
    severity: Severity,
  ) => readonly { readonly receiver: string; readonly groupedBy: readonly string[]; readonly quiet: boolean }[];
}

const timing = { group_wait: "10s", group_interval: "1m", repeat_interval: "10m" } as const;
const inhibit_rules = [{ source_matchers: ['severity="critical"'], target_matchers: ['severity="warning"'], equal: ["host"] }];
const time_intervals = [{ name: "quiet", time_intervals: [{ times: [{ start_time: "09:00", end_time: "09:30" }] }] }];

const TREES: readonly Omit<Config, "foldsFrom">[] = [
  {
    name: "everything to both, by rule",
    routes: {
      route: {
        receiver: "ops",
        group_by: ["alertname"],
        ...timing,
        routes: [{ receiver: "ops", continue: true }, { receiver: "pager" }],
      },
    },
    inhibits: false,
    receiversOf: ({ name }) => ["ops", "pager"].map((receiver) => ({ receiver, groupedBy: [name], quiet: false })),
  },
  {
    name: "critical ones to the pager, warnings by host except in the quiet hour",
    routes: {
      route: {
        receiver: "ops",
        group_by: ["alertname"],
        ...timing,
        routes: [
          { receiver: "pager", matchers: ["severity=~critical|emergency"], continue: true },
          { matchers: ["severity=warning"], group_by: ["host"], mute_time_intervals: ["quiet"] },
        ],
      },
      inhibit_rules,
      time_intervals,
    },
    inhibits: true,
    receiversOf: ({ name, host }, severity) =>
      severity === "critical"
        ? [{ receiver: "pager", groupedBy: [name], quiet: false }]
        : [{ receiver: "ops", groupedBy: [host], quiet: true }],
  },
  {
    name: "one group, spoken of in the quiet hour only",
    routes: {
      route: {
        receiver: "pager",
        group_by: [],
        ...timing,
        routes: [{ receiver: "ops", matchers: ["host=~.+"], active_time_intervals: ["quiet"] }],
      },
      inhibit_rules,
      time_intervals,
    },
    inhibits: true,
    receiversOf: () => [{ receiver: "ops", groupedBy: [], quiet: false }],
  },
];

/** Some receivers are told of every group, others in one message of what waits. */
const CONFIGS: readonly Config[] = TREES.flatMap((config) => [0, 1, 20].map((foldsFrom) => ({ ...config, foldsFrom })));

export type Step =
  | { readonly do: "fire"; readonly source: number; readonly twice: boolean }
  | { readonly do: "flap"; readonly source: number; readonly ms: number }
  | { readonly do: "resolve"; readonly source: number }
  /** It is over and begins again at once. */
  | { readonly do: "blink"; readonly source: number }
  | { readonly do: "acknowledge"; readonly source: number }
  | { readonly do: "snooze"; readonly source: number; readonly ms: number }
  | { readonly do: "silence"; readonly by: "host" | "alertname"; readonly source: number; readonly inMs: number; readonly ms: number }
  | { readonly do: "unsilence"; readonly nth: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "reopen" }
  /** The disk fails at this statement of the next step; the step is repeated after the object has come up again. */
  | { readonly do: "crash"; readonly statement: number }
  | { readonly do: "receiver"; readonly receiver: string; readonly state: ReceiverState };

/** One more often than the others, so that much happens to the same alert. */
const source = fc.oneof(fc.nat(SOURCES.length - 1), fc.constant(2));
const short = fc.integer({ min: 1, max: 90 }).map((seconds) => seconds * SECOND);
const long = fc.integer({ min: 1, max: 45 }).map((minutes) => minutes * MINUTE);
const receiver = fc.constantFrom("ops", "pager");
const state = fc.constantFrom<ReceiverState>("there", "away", "deaf");

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("fire" as const), source, twice: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flap" as const), source, ms: long }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("resolve" as const), source }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("blink" as const), source }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("acknowledge" as const), source }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("snooze" as const), source, ms: fc.oneof(short, long) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("silence" as const),
      by: fc.constantFrom("host" as const, "alertname" as const),
      source,
      inMs: fc.oneof(fc.constant(0), short),
      ms: fc.oneof(short, long),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("unsilence" as const), nth: fc.nat(3) }) },
  { weight: 9, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.oneof(short, short, long) }) },
  { weight: 1, arbitrary: fc.constant({ do: "reopen" as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("crash" as const), statement: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("receiver" as const), receiver, state }) },
);

export const scenario: fc.Arbitrary<{ readonly config: Config; readonly steps: readonly Step[] }> = fc.record({
  config: fc.constantFrom(...CONFIGS),
  steps: fc.array(step, { minLength: 5, maxLength: 40 }),
});
