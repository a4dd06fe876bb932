/**
 * An alertmanager.yml (https://prometheus.io/docs/alerting/latest/configuration/): its routing in the form that
 * `/v1/routes` takes, its receivers as ours. What we do not do is named, never passed over.
 */
import { type Result, fail, ok } from "../model/result.ts";
import type { Integration, Receiver } from "./receiver.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface AlertmanagerFile {
  /** `route`, `inhibit_rules`, `time_intervals`, as they stand; null when the file has receivers alone. */
  readonly routing: Fields | null;
  readonly receivers: readonly Receiver[];
  /** One sentence for every part that is not taken over. */
  readonly unsupported: readonly string[];
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Reads the fields of one integration and remembers those nobody asked for. */
class FieldReader {
  readonly #fields: Fields;
  readonly #read = new Set<string>(["send_resolved"]);

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  text(name: string): string | undefined {
    this.#read.add(name);
    return textOf(this.#fields[name]);
  }

  number(name: string): number | undefined {
    this.#read.add(name);
    const value = this.#fields[name];
    return typeof value === "number" ? value : undefined;
  }

  flag(name: string): boolean | undefined {
    this.#read.add(name);
    const value = this.#fields[name];
    return typeof value === "boolean" ? value : undefined;
  }

  fields(name: string): Fields {
    this.#read.add(name);
    const value = this.#fields[name];
    return isFields(value) ? value : {};
  }

  get unread(): readonly string[] {
    return Object.keys(this.#fields).filter((name) => !this.#read.has(name));
  }
}

/** Without the fields that are not said. */
function said<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // What is undefined is left out, so the others have the type without it.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

interface Reading {
  /** Whether ends are told when the file does not say: Alertmanager's default for this kind. */
  readonly sendResolved: boolean;
  /** Null when something that the integration cannot do without is missing; then `needs` says what. */
  readonly read: (from: FieldReader, global: Fields) => Partial<Integration> | null;
  readonly needs: string;
}

const READINGS: Readonly<Record<string, Reading>> = {
  webhook_configs: {
    sendResolved: true,
    needs: "url",
    read(from) {
      const url = from.text("url");
      const { type = "Bearer", credentials } =
        (from.fields("http_config")["authorization"] as { type?: string; credentials?: string }) ?? {};
      const authorization = credentials === undefined ? undefined : `${type} ${credentials}`;
      return url === undefined ? null : { type: "webhook", ...said({ url, authorization, maxAlerts: from.number("max_alerts") }) };
    },
  },
  slack_configs: {
    sendResolved: false,
    needs: "api_url, here or as slack_api_url under global",
    read(from, global) {
      const url = from.text("api_url") ?? textOf(global["slack_api_url"]);
      const fields = said({ url, channel: from.text("channel"), title: from.text("title"), text: from.text("text") });
      return url === undefined ? null : { type: "slack", ...fields };
    },
  },
  discord_configs: {
    sendResolved: true,
    needs: "webhook_url",
    read(from) {
      const url = from.text("webhook_url");
      return url === undefined ? null : { type: "discord", ...said({ url, title: from.text("title"), text: from.text("message") }) };
    },
  },
  msteams_configs: {
    sendResolved: true,
    needs: "webhook_url",
    read: (from) => teams(from),
  },
  msteamsv2_configs: {
    sendResolved: true,
    needs: "webhook_url",
    read: (from) => teams(from),
  },
  pagerduty_configs: {
    sendResolved: true,
    needs: "routing_key",
    read(from, global) {
      const routingKey = from.text("routing_key");
      const url = from.text("url") ?? textOf(global["pagerduty_url"]);
      return routingKey === undefined ? null : { type: "pagerduty", ...said({ routingKey, url }) };
    },
  },
  opsgenie_configs: {
    sendResolved: true,
    needs: "api_key, here or as opsgenie_api_key under global",
    read(from, global) {
      const apiKey = from.text("api_key") ?? textOf(global["opsgenie_api_key"]);
      const url = from.text("api_url") ?? textOf(global["opsgenie_api_url"]);
      return apiKey === undefined ? null : { type: "opsgenie", ...said({ apiKey, url }) };
    },
  },
  email_configs: {
    sendResolved: false,
    needs: "to, from and smarthost, the last two here or as smtp_from and smtp_smarthost under global",
    read(from, global) {
      const to = from
        .text("to")
        ?.split(",")
        .map((one) => one.trim());
      const sender = from.text("from") ?? textOf(global["smtp_from"]);
      const smarthost = from.text("smarthost") ?? textOf(global["smtp_smarthost"]);
      const requireTls =
        from.flag("require_tls") ?? (typeof global["smtp_require_tls"] === "boolean" ? global["smtp_require_tls"] : undefined);
      const fields = said({
        username: from.text("auth_username") ?? textOf(global["smtp_auth_username"]),
        password: from.text("auth_password") ?? textOf(global["smtp_auth_password"]),
        requireTls,
        subject: textOf(from.fields("headers")["Subject"] ?? from.fields("headers")["subject"]),
        html: from.text("html"),
        text: from.text("text"),
      });
      return to === undefined || sender === undefined || smarthost === undefined
        ? null
        : { type: "email", to, from: sender, smarthost, ...fields };
    },
  },
};

function teams(from: FieldReader): Partial<Integration> | null {
  const url = from.text("webhook_url");
  return url === undefined ? null : { type: "teams", ...said({ url, title: from.text("title"), text: from.text("text") }) };
}

/** Parts of `global` that integrations read; the rest of it is named as unsupported. */
const GLOBAL_READ = new Set(
  "slack_api_url pagerduty_url opsgenie_api_key opsgenie_api_url smtp_from smtp_smarthost smtp_require_tls smtp_auth_username smtp_auth_password".split(
    " ",
  ),
);

function receiverOf(value: Fields, global: Fields, unsupported: string[]): Result<Receiver> {
  const name = textOf(value["name"]);
  if (name === undefined) return fail("bad_file", "a receiver has no name");
  const integrations: Integration[] = [];
  for (const [kind, list] of Object.entries(value)) {
    if (kind === "name") continue;
    const reading = READINGS[kind];
    if (reading === undefined) {
      unsupported.push(`receiver ${name}: ${kind} is not supported`);
      continue;
    }
    for (const one of Array.isArray(list) ? (list as readonly unknown[]) : []) {
      const fields = isFields(one) ? one : {};
      const from = new FieldReader(fields);
      const read = reading.read(from, global);
      if (read === null) return fail("bad_file", `receiver ${name}: ${kind} needs ${reading.needs}`);
      for (const field of from.unread) unsupported.push(`receiver ${name}: ${field} of ${kind} is not supported`);
      const sendResolved = typeof fields["send_resolved"] === "boolean" ? fields["send_resolved"] : reading.sendResolved;
      // What the reading of this kind filled in, with what all kinds have.
      integrations.push({ ...read, sendResolved } as Integration);
    }
  }
  return ok({ name, integrations });
}

/** Codes: `bad_file`. The routing is checked by whoever takes it. */
export function readAlertmanagerFile(value: Fields): Result<AlertmanagerFile> {
  const unsupported: string[] = [];
  const global = isFields(value["global"]) ? value["global"] : {};
  for (const name of Object.keys(global)) if (!GLOBAL_READ.has(name)) unsupported.push(`global: ${name} is not supported`);
  if (Array.isArray(value["templates"]) && value["templates"].length > 0)
    unsupported.push("templates: files are not read from here; put their text with PUT /v1/templates/NAME");
  const receivers: Receiver[] = [];
  for (const one of Array.isArray(value["receivers"]) ? (value["receivers"] as readonly unknown[]) : []) {
    const receiver = receiverOf(isFields(one) ? one : {}, global, unsupported);
    if (!receiver.ok) return receiver;
    receivers.push(receiver.value);
  }
  const { route, inhibit_rules, time_intervals, mute_time_intervals } = value;
  const intervals = [...(Array.isArray(time_intervals) ? (time_intervals as readonly unknown[]) : []), ...(Array.isArray(mute_time_intervals) ? (mute_time_intervals as readonly unknown[]) : [])]; // prettier-ignore
  const routing =
    route === undefined ? null : said({ route, inhibit_rules, time_intervals: intervals.length === 0 ? undefined : intervals });
  return ok({ routing, receivers, unsupported });
}
