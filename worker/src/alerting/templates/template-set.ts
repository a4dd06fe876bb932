import { type Result, fail, ok } from "@sightline/shared/model/result";
import { alertmanagerFunctions } from "@sightline/shared/template/alertmanager-functions";
import type { Template } from "@sightline/shared/template/ast";
import { htmlEscape } from "@sightline/shared/template/escape-html";
import { type Escape, executeTemplate, isTooMuch } from "@sightline/shared/template/execute";
import { formatValue } from "@sightline/shared/template/go-format";
import { safeHtmlOf } from "@sightline/shared/template/go-value";
import { parseTemplate } from "@sightline/shared/template/parse";
import type { GroupNotification } from "../group-notification.ts";
import { shorten } from "../shorten.ts";
import { sampleNotification } from "../sample-notification.ts";
import { DEFAULT_TEMPLATES } from "./default-templates.ts";
import { notificationData } from "./notification-data.ts";

/** Where the text goes, by which values are made harmless: Slack reads `<!channel>` and links out of plain text. */
export type TextForm = "text" | "html" | "slack";

type Definitions = Template["definitions"];

let defaults: Definitions | null = null;

function defaultDefinitions(): Definitions {
  if (defaults !== null) return defaults;
  const parsed = parseTemplate(DEFAULT_TEMPLATES);
  if (!parsed.ok) throw new Error(`the default templates do not parse: ${parsed.error.message}`);
  return (defaults = parsed.value.definitions);
}

/** The defaults, and over them what the files define, in the order of their names. A file that does not parse is left out: it was refused when it was put. */
export function definitionsOf(files: ReadonlyMap<string, string>): Definitions {
  const all = new Map(defaultDefinitions());
  for (const [, text] of [...files].sort(([left], [right]) => (left < right ? -1 : 1))) {
    const parsed = parseTemplate(text);
    if (parsed.ok) for (const [name, nodes] of parsed.value.definitions) all.set(name, nodes);
  }
  return all;
}

const slackEscape: Escape = (value) =>
  safeHtmlOf(value) ?? (value === null ? "" : formatValue(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;"));

const ESCAPES: Readonly<Record<TextForm, Escape | undefined>> = { text: undefined, html: htmlEscape, slack: slackEscape };

/** Failure `template_failed` or `bad_template`. */
function expanded(
  text: string,
  definitions: Definitions,
  notification: GroupNotification,
  externalUrl: string,
  nowMs: number,
  form: TextForm,
): Result<string> {
  const parsed = parseTemplate(text);
  if (!parsed.ok) return parsed;
  const template = { root: parsed.value.root, definitions: new Map([...definitions, ...parsed.value.definitions]) };
  const data = notificationData(notification, externalUrl);
  return executeTemplate(template, data, alertmanagerFunctions(nowMs), new Map(), ESCAPES[form]);
}

/** `max`: characters of the text; alerts beyond them are counted in it. */
interface Expansion {
  readonly form?: TextForm;
  readonly max?: number;
}

export type Expand = (template: string, expansion?: Expansion) => string;

/** The notification with its first alerts alone, the others counted. */
const firstAlerts = (notification: GroupNotification, count: number): GroupNotification => ({
  ...notification,
  alerts: notification.alerts.slice(0, count),
  truncatedAlerts: notification.truncatedAlerts + notification.alerts.length - count,
});

/**
 * Expands templates over one notification. A text that would be longer than `max` tells of fewer alerts and says how
 * many it leaves out, and is cut only when one alert alone is too much. What cannot be expanded says so, followed by
 * what the default says: a notification is never lost to its template.
 */
export function expander(definitions: Definitions, notification: GroupNotification, externalUrl: string, nowMs: number): Expand {
  return (template, { form = "text", max = Number.POSITIVE_INFINITY } = {}) => {
    const attempt = (text: string, from: Definitions, count: number): Result<string> =>
      expanded(text, from, firstAlerts(notification, count), externalUrl, nowMs, form);
    let count = notification.alerts.length;
    let result = attempt(template, definitions, count);
    while (count > 1 && (result.ok ? result.value.length > max : isTooMuch(result.error.message))) {
      const share = result.ok ? (0.9 * max) / result.value.length : 0.5;
      count = Math.max(1, Math.min(count - 1, Math.floor(count * share)));
      result = attempt(template, definitions, count);
    }
    if (result.ok) return shorten(result.value.trim(), max);
    const plain = attempt('{{ template "__subject" . }}', defaultDefinitions(), notification.alerts.length);
    return shorten(`${plain.ok ? plain.value : notification.groupKey} (error expanding template: ${result.error.message})`, max);
  };
}

/** Failure `bad_request`: it does not parse, or does not run over a sample. */
export function checkTemplate(text: string, definitions: Definitions, what: string): Result<null> {
  const sample = sampleNotification("sample", 0, 0);
  const result = expanded(text, definitions, sample, "https://sightline.example", 0, "text");
  return result.ok ? ok(null) : fail("bad_request", `${what} is no template that works: ${result.error.message}. Nothing was changed.`);
}
