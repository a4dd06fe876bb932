/**
 * An alertmanager.yml (https://prometheus.io/docs/alerting/latest/configuration/): its routing in the form that
 * `/v1/routes` takes, its receivers as ours. What we do not do is named, never passed over.
 */
import { type Result, fail, ok } from "../model/result.ts";
import { matchesLabels } from "../promql/matchers.ts";
import { FieldReader, type Fields, isFields, said, textOf } from "./alertmanager-fields.ts";
import { GLOBAL_READ, GLOBAL_USUAL, INTEGRATION_READINGS } from "./alertmanager-integrations.ts";
import type { Integration, Receiver } from "./receiver.ts";

export interface AlertmanagerFile {
  /** `route`, `inhibit_rules`, `time_intervals`, as they stand; null when the file has receivers alone. */
  readonly routing: Fields | null;
  readonly receivers: readonly Receiver[];
  /** One sentence for every part that is not taken over as it stands. */
  readonly unsupported: readonly string[];
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as readonly unknown[]) : []);

/** Names of receivers are parts of addresses here. */
const nameHere = (name: string): string => name.replaceAll(/[^\w.-]/g, "-").slice(0, 128);

function integrationOf(kind: string, fields: Fields, global: Fields, where: string, unsupported: string[]): Result<Integration | null> {
  const reading = INTEGRATION_READINGS[kind];
  if (reading === undefined) return ok(null);
  const from = new FieldReader(fields, "", ["send_resolved"]);
  const globalReader = new FieldReader(global);
  const read = reading.read(from, globalReader);
  if (read === null) return fail("bad_file", `${where}: ${kind} needs ${reading.needs}`);
  if (typeof read === "string") {
    unsupported.push(`${where}: ${kind} is left out: ${read}`);
    return ok(null);
  }
  for (const field of from.unread) unsupported.push(`${where}: ${field} of ${kind} is not supported`);
  for (const file of [...from.files, ...globalReader.files])
    unsupported.push(`${where}: ${file} of ${kind} is not read; the secret that is here already is kept`);
  const sendResolved = typeof fields["send_resolved"] === "boolean" ? fields["send_resolved"] : reading.sendResolved;
  // What the reading of this kind filled in, with what all kinds have.
  return ok({ ...read, sendResolved } as Integration);
}

function receiverOf(value: Fields, global: Fields, unsupported: string[]): Result<Receiver> {
  const name = textOf(value["name"]);
  if (name === undefined) return fail("bad_file", "a receiver has no name");
  const here = nameHere(name);
  if (here !== name)
    unsupported.push(`receiver ${JSON.stringify(name)} is called ${here} here, where names take letters, digits and any of _ . -`);
  const where = `receiver ${here}`;
  const integrations: Integration[] = [];
  for (const [kind, list] of Object.entries(value)) {
    if (kind === "name") continue;
    if (!Object.hasOwn(INTEGRATION_READINGS, kind)) {
      unsupported.push(`${where}: ${kind} is not supported`);
      continue;
    }
    for (const one of listOf(list)) {
      const integration = integrationOf(kind, isFields(one) ? one : {}, global, where, unsupported);
      if (!integration.ok) return integration;
      if (integration.value !== null) integrations.push(integration.value);
    }
  }
  return ok({ name: here, integrations });
}

/** Whether the last part of a path pattern (`*` and `?`) is the name's. */
function patternMatches(pattern: string, name: string): boolean {
  const last = pattern.slice(pattern.lastIndexOf("/") + 1);
  const expression = last
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return matchesLabels([{ name: "file", op: "=~", value: expression }], { file: name });
}

/** What are texts to Alertmanager, whether or not they look like numbers or truth values to YAML. */
const FLAGS = new Set(["continue"]);
const texts = (value: unknown): unknown =>
  typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : Array.isArray(value)
      ? value.map(texts)
      : isFields(value)
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, FLAGS.has(key) ? one : texts(one)]))
        : value;

function routeHere(route: Fields): Fields {
  const { receiver, routes } = route;
  return {
    ...route,
    ...(typeof receiver === "string" ? { receiver: nameHere(receiver) } : {}),
    ...(Array.isArray(routes) ? { routes: listOf(routes).map((one) => (isFields(one) ? routeHere(one) : one)) } : {}),
  };
}

/** Null for a file without a route. */
function routingOf(value: Fields): Result<Fields | null> {
  const { route, inhibit_rules, time_intervals, mute_time_intervals } = value;
  const intervals = [...listOf(time_intervals), ...listOf(mute_time_intervals)];
  if (route === undefined) {
    return inhibit_rules === undefined && intervals.length === 0
      ? ok(null)
      : fail("bad_file", "inhibit_rules and time_intervals belong to a route, which is missing");
  }
  if (!isFields(route)) return fail("bad_file", "route must be a mapping");
  const routing = texts({ route, ...said({ inhibit_rules: inhibit_rules ?? undefined }), time_intervals: intervals });
  if (!isFields(routing) || !isFields(routing["route"])) return fail("bad_file", "route must be a mapping");
  return ok({ ...routing, route: routeHere(routing["route"]) });
}

/** `templates`: names of the template files that came along. Codes: `bad_file`. The routing is checked by whoever takes it. */
export function readAlertmanagerFile(value: Fields, templates: readonly string[] = []): Result<AlertmanagerFile> {
  const unsupported: string[] = [];
  const global = isFields(value["global"]) ? value["global"] : {};
  for (const [name, said] of Object.entries(global))
    if (!GLOBAL_READ.has(name) && GLOBAL_USUAL[name] !== said) unsupported.push(`global: ${name} is not supported`);
  if (value["tracing"] !== undefined) unsupported.push("tracing is not supported");
  for (const pattern of listOf(value["templates"])) {
    if (typeof pattern === "string" && templates.some((name) => patternMatches(pattern, name))) continue;
    unsupported.push(`templates: no .tmpl file that was given matches ${JSON.stringify(pattern)}`);
  }
  const receivers: Receiver[] = [];
  for (const one of listOf(value["receivers"])) {
    const receiver = receiverOf(isFields(one) ? one : {}, global, unsupported);
    if (!receiver.ok) return receiver;
    receivers.push(receiver.value);
  }
  const routing = routingOf(value);
  return routing.ok ? ok({ routing: routing.value, receivers, unsupported }) : routing;
}
