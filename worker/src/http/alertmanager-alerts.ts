import { z } from "@hono/zod-openapi";
import { parseMatchers } from "@sightline/shared/alerting/matcher-text";
import type { Matcher } from "@sightline/shared/model/matcher";
import type { AlertmanagerAlert, AlertmanagerFilter, PostedAlert } from "../objects/alertmanager-rpc.ts";
import { projectStub } from "../objects/stubs.ts";
import { type App, declareRoute } from "./declare-route.ts";
import { HttpFailure, unwrap } from "./http-failure.ts";
import type { Parameters } from "./parameters.ts";

/** In one request. Prometheus sends 64 at a time. */
const MAX_ALERTS = 5000;
const MAX_LABELS = 64;
/** Of one alert's labels, and of its annotations, in characters. */
const MAX_LABEL_LENGTH = 16_384;
const MAX_ANNOTATION_LENGTH = 65_536;
const MAX_URL_LENGTH = 8192;

const Time = z.iso.datetime({ offset: true }).nullable().optional();
const Pairs = z.record(z.string(), z.string());
const PostedAlertsBody = z
  .array(
    z.object({
      labels: Pairs,
      annotations: Pairs.nullable().optional(),
      startsAt: Time,
      endsAt: Time.openapi({ description: "believed for 5 min when absent; in the past: it is over" }),
      generatorURL: z.string().nullable().optional(),
    }),
  )
  .max(MAX_ALERTS);
type Posted = z.infer<typeof PostedAlertsBody>[number];

/** Go writes the year 1 where no time is set. */
const timeOf = (text: string | null | undefined): number | null => {
  const ms = text === null || text === undefined ? 0 : Date.parse(text);
  return ms > 0 ? ms : null;
};

const present = (pairs: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(pairs).filter(([, value]) => value !== ""));

const lengthOf = (pairs: Readonly<Record<string, string>>): number =>
  Object.entries(pairs).reduce((sum, [name, value]) => sum + name.length + value.length, 0);

/** Links lead to web pages only: the address comes from whoever sends the alert. */
const isLink = (url: string): boolean => url.length <= MAX_URL_LENGTH && /^https?:\/\//i.test(url);

/** The alert, or what is wrong with it in words. */
function postedOf({ labels: given, annotations, startsAt, endsAt, generatorURL }: Posted): PostedAlert | string {
  const labels = present(given);
  const count = Object.keys(labels).length;
  if (count === 0) return "it has no labels";
  if (count > MAX_LABELS) return `it has ${count} labels, at most ${MAX_LABELS} are taken`;
  if (Object.hasOwn(labels, "")) return "a label has no name";
  if (lengthOf(labels) > MAX_LABEL_LENGTH) return `its labels are longer than ${MAX_LABEL_LENGTH} characters`;
  const notes = present(annotations ?? {});
  if (lengthOf(notes) > MAX_ANNOTATION_LENGTH) return `its annotations are longer than ${MAX_ANNOTATION_LENGTH} characters`;
  const [start, end] = [timeOf(startsAt), timeOf(endsAt)];
  if (start !== null && end !== null && end < start) return "it ends before it starts";
  const url = generatorURL ?? "";
  return { labels, annotations: notes, startsAt: start, endsAt: end, generatorUrl: isLink(url) ? url : "" };
}

/** Every `filter` parameter holds matchers; all of them must hold. Throws `bad_request`. */
export function filterMatchers(parameters: Parameters): readonly Matcher[] {
  return [...parameters.all("filter"), ...parameters.all("filter[]")].flatMap((text) => {
    const parsed = parseMatchers(text);
    if (parsed.ok) return parsed.value;
    throw new HttpFailure("bad_request", `The parameter filter: ${parsed.error.message} Nothing was read.`);
  });
}

function flag(parameters: Parameters, name: string): boolean {
  const text = parameters.get(name);
  if (text === null || text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new HttpFailure("bad_request", `The parameter ${name} is ${JSON.stringify(text)}; give true or false. Nothing was read.`);
}

const filterOf = (parameters: Parameters): AlertmanagerFilter => ({
  active: flag(parameters, "active"),
  silenced: flag(parameters, "silenced"),
  inhibited: flag(parameters, "inhibited"),
  muted: flag(parameters, "muted"),
  matchers: filterMatchers(parameters),
  receiver: parameters.get("receiver") ?? "",
});

const named = (name: string): { readonly name: string } => ({ name });
const time = (ms: number): string => new Date(ms).toISOString();

const alertJson = (alert: AlertmanagerAlert): Record<string, unknown> => ({
  annotations: alert.annotations,
  endsAt: time(alert.endsAt),
  fingerprint: alert.fingerprint,
  receivers: alert.receivers.map(named),
  startsAt: time(alert.startsAt),
  status: { inhibitedBy: alert.inhibitedBy, mutedBy: alert.mutedBy, silencedBy: alert.silencedBy, state: alert.state },
  updatedAt: time(alert.updatedAt),
  ...(alert.generatorUrl === "" ? {} : { generatorURL: alert.generatorUrl }),
  labels: alert.labels,
});

const FILTERS = {
  active: "true when absent: those that nothing holds back",
  silenced: "true when absent: those that a silence in force matches",
  inhibited: "true when absent: those that another alert holds back",
  muted: "true when absent: those whose routes are all mute at present",
  filter: 'matcher such as severity="critical"; may be given several times',
  receiver: "regular expression for the name of a receiver",
};

/** Alertmanager's API for alerts (its api/v2/openapi.yaml): Prometheus sends its own here, amtool lists them. */
export function alertmanagerAlertRoutes(app: App): void {
  declareRoute(
    app,
    {
      method: "get",
      path: "/api/v2/alerts",
      role: "viewer",
      summary: "Open alerts as Alertmanager shows them",
      parameters: { ...FILTERS, unprocessed: "taken; there are none" },
    },
    async ({ c, principal, parameters }) => {
      // An alert is routed in the transaction that takes it in.
      flag(parameters, "unprocessed");
      const alerts = unwrap(await projectStub(c.env, principal.project).alertmanagerAlerts(filterOf(parameters)));
      return Response.json(alerts.map(alertJson));
    },
  );
  declareRoute(
    app,
    {
      method: "post",
      path: "/api/v2/alerts",
      role: "ingest",
      summary: "Begins, refreshes and ends alerts of other systems; by their labels, any number of times",
      body: PostedAlertsBody,
    },
    async ({ c, principal, body }) => {
      const read = body.map(postedOf);
      const faults = read.flatMap((alert, index) => (typeof alert === "string" ? [`alert ${index}: ${alert}`] : []));
      const alerts = read.filter((alert) => typeof alert !== "string");
      unwrap(await projectStub(c.env, principal.project).postAlerts(principal, alerts));
      if (faults.length === 0) return new Response(null, { status: 200 });
      const shown = faults.slice(0, 5).join("; ");
      throw new HttpFailure("bad_request", `${faults.length} of ${body.length} alerts were refused: ${shown}. The others were kept.`);
    },
  );
  declareRoute(
    app,
    { method: "get", path: "/api/v2/alerts/groups", role: "viewer", summary: "Open alerts as the routes group them", parameters: FILTERS },
    async ({ c, principal, parameters }) => {
      const groups = unwrap(await projectStub(c.env, principal.project).alertmanagerGroups(filterOf(parameters)));
      return Response.json(
        groups.map(({ labels, receiver, alerts }) => ({ alerts: alerts.map(alertJson), labels, receiver: named(receiver) })),
      );
    },
  );
}
