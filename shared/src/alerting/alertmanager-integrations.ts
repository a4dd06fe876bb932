/** What each kind of integration of an alertmanager.yml becomes here. */
import { type FieldReader, type Fields, said } from "./alertmanager-fields.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import type { Integration } from "./receiver.ts";

/** The web platform's, which every runtime of ours has. */
declare function btoa(bytes: string): string;

export interface IntegrationReading {
  /** Whether ends are told when the file does not say: Alertmanager's default for this kind. */
  readonly sendResolved: boolean;
  /**
   * Null when something is missing that Alertmanager cannot do without either; then `needs` says what. A text: why what
   * Alertmanager takes cannot be done here, and what to do.
   */
  readonly read: (from: FieldReader, global: FieldReader) => Partial<Integration> | string | null;
  readonly needs: string;
}

/** Where `http_config` says who asks; what Alertmanager does anyway is no setting. */
function authorizationOf(from: FieldReader): string | undefined {
  const http = from.within("http_config");
  http.asUsual("follow_redirects", true);
  http.asUsual("enable_http2", true);
  const authorization = http.within("authorization");
  const credentials = authorization.secret("credentials");
  const type = authorization.text("type") ?? "Bearer";
  if (credentials !== undefined) return `${type} ${credentials}`;
  const token = http.secret("bearer_token");
  if (token !== undefined) return `Bearer ${token}`;
  const basic = http.within("basic_auth");
  const [username, password] = [basic.text("username"), basic.text("password")];
  if (username === undefined || password === undefined) return undefined;
  // Headers of HTTP are bytes: base64 (RFC 7617) of the UTF-8.
  return `Basic ${btoa(String.fromCharCode(...encodeUtf8(`${username}:${password}`)))}`;
}

/** With this for an address Slack is asked with a bot's token. */
const SLACK_API = /^https:\/\/slack\.com\/api\/chat\.postMessage\/?$/;

function teams(from: FieldReader): Partial<Integration> | null {
  const url = from.secret("webhook_url");
  return url === undefined ? null : { type: "teams", ...said({ url, title: from.text("title"), text: from.text("text") }) };
}

export const INTEGRATION_READINGS: Readonly<Record<string, IntegrationReading>> = {
  webhook_configs: {
    sendResolved: true,
    needs: "url",
    read(from) {
      const url = from.secret("url");
      from.asUsual("timeout", "0s");
      const fields = said({ url, authorization: authorizationOf(from), maxAlerts: from.number("max_alerts") });
      return url === undefined ? null : { type: "webhook", ...fields };
    },
  },
  slack_configs: {
    sendResolved: false,
    needs: "api_url, here or as slack_api_url under global",
    read(from, global) {
      const address = from.secret("api_url") ?? global.secret("slack_api_url");
      const botToken = authorizationOf(from)?.replace(/^Bearer /, "");
      const url = botToken !== undefined && address !== undefined && SLACK_API.test(address) ? undefined : address;
      const fields = said({ url, botToken, channel: from.text("channel"), title: from.text("title"), text: from.text("text") });
      return address === undefined ? null : { type: "slack", ...fields };
    },
  },
  discord_configs: {
    sendResolved: true,
    needs: "webhook_url",
    read(from) {
      const url = from.secret("webhook_url");
      return url === undefined ? null : { type: "discord", ...said({ url, title: from.text("title"), text: from.text("message") }) };
    },
  },
  msteams_configs: { sendResolved: true, needs: "webhook_url", read: teams },
  msteamsv2_configs: { sendResolved: true, needs: "webhook_url", read: teams },
  pagerduty_configs: {
    sendResolved: true,
    needs: "routing_key, of an integration of the Events API v2",
    read(from, global) {
      const routingKey = from.secret("routing_key");
      const url = from.text("url") ?? global.text("pagerduty_url");
      if (routingKey === undefined && from.secret("service_key") !== undefined)
        return "service_key is of PagerDuty's Events API v1; add an Events API v2 integration to the service and give its routing_key";
      return routingKey === undefined ? null : { type: "pagerduty", ...said({ routingKey, url }) };
    },
  },
  opsgenie_configs: {
    sendResolved: true,
    needs: "api_key, here or as opsgenie_api_key under global",
    read(from, global) {
      const apiKey = from.secret("api_key") ?? global.secret("opsgenie_api_key");
      const url = from.text("api_url") ?? global.text("opsgenie_api_url");
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
      const sender = from.text("from") ?? global.text("smtp_from");
      const smarthost = from.text("smarthost") ?? global.text("smtp_smarthost");
      from.asUsual("hello", "localhost");
      const headers = from.within("headers");
      const fields = said({
        username: from.text("auth_username") ?? global.text("smtp_auth_username"),
        password: from.secret("auth_password") ?? global.secret("smtp_auth_password"),
        requireTls: from.flag("require_tls") ?? global.flag("smtp_require_tls"),
        subject: headers.text("Subject") ?? headers.text("subject"),
        html: from.text("html"),
        text: from.text("text"),
      });
      if (to === undefined || sender === undefined || smarthost === undefined) return null;
      return fields.username !== undefined && fields.password === undefined
        ? "auth_username comes without auth_password, and other ways to log in (auth_secret) are not known here"
        : { type: "email", to, from: sender, smarthost, ...fields };
    },
  },
};

/** Parts of `global` that hold by themselves, as what they usually say. */
export const GLOBAL_USUAL: Fields = { resolve_timeout: "5m", smtp_hello: "localhost" };

/** Parts of `global` that the readings above ask for. */
export const GLOBAL_READ: ReadonlySet<string> = new Set([
  "pagerduty_url",
  "opsgenie_api_url",
  "smtp_from",
  "smtp_smarthost",
  "smtp_require_tls",
  "smtp_auth_username",
  ...["slack_api_url", "opsgenie_api_key", "smtp_auth_password"].flatMap((name) => [name, `${name}_file`]),
]);
