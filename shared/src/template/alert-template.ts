/** Annotations and labels of alerting rules: `$labels`, `$value`, `$externalLabels`, `$externalURL` and Prometheus's functions. */
import type { NativeHistogram } from "../model/histogram.ts";
import type { Labels } from "../model/labels.ts";
import type { Result } from "../model/result.ts";
import { formatHistogram } from "../promql/json/histogram-text.ts";
import { encodeUtf8 } from "../encoding/utf8.ts";
import type { Template, TemplateFault } from "./ast.ts";
import { isBuiltin } from "./builtins.ts";
import { checkNames } from "./check-names.ts";
import { runTemplate } from "./execute.ts";
import type { GoValue } from "./go-value.ts";
import { parseTemplate } from "./parse.ts";
import type { PrometheusTemplatePorts } from "./prometheus-functions.ts";
import { labelMap, prometheusFunctions } from "./prometheus-functions.ts";

const REMEMBERED = 2000;
const parsed = new Map<string, Result<Template>>();

const VARIABLES = ["$labels", "$externalLabels", "$externalURL", "$value"];
const FUNCTIONS = prometheusFunctions({ query: () => [], externalUrl: "", nowMs: 0 });
const isFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name) || isBuiltin(name);

/** Failure `bad_template`: for checking a rule before it is put in place. */
export function checkAlertTemplate(text: string): Result<Template> {
  let template = parsed.get(text);
  if (template === undefined) {
    template = parseTemplate(text);
    if (template.ok) template = checkNames(template.value, VARIABLES, isFunction);
    if (parsed.size >= REMEMBERED) parsed.clear();
    parsed.set(text, template);
  }
  return template;
}

/** What Prometheus puts before the text of a template, which counts in the columns of its first line. */
const DECLARATIONS = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"
  .length;

/** A fault as Go's text/template tells it: line, column in bytes from 0, and what was executed there. */
function goMessage(fault: TemplateFault, text: string, name: string): string {
  const { place } = fault;
  if (place === undefined) return `template: ${name}:${fault.line}: ${fault.message}`;
  const lineStart = text.lastIndexOf("\n", place.at - 1) + 1;
  const column = encodeUtf8(text.slice(lineStart, place.at)).length + (lineStart === 0 ? DECLARATIONS : 0);
  return `template: ${name}:${place.line}:${column}: executing ${JSON.stringify(fault.definition ?? name)} at <${place.text}>: ${fault.message}`;
}

/** The same of several texts by name. */
export const expandAlertTemplates = (
  texts: Readonly<Record<string, string>>,
  ...given: [labels: Labels, value: number | NativeHistogram, ports: PrometheusTemplatePorts, alert: string]
): Record<string, string> => Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, expandAlertTemplate(text, ...given)]));

/** What cannot be expanded says so in its place, in Prometheus's words: an alert is never lost to its annotation. `alert`: its name. */
export function expandAlertTemplate(
  text: string,
  labels: Labels,
  given: number | NativeHistogram,
  ports: PrometheusTemplatePorts,
  alert: string,
): string {
  if (!text.includes("{{")) return text;
  const name = `__alert_${alert}`;
  const template = checkAlertTemplate(text);
  if (!template.ok) {
    const [, line = "1", message = ""] = /^line (\d+): (.*)$/s.exec(template.error.message) ?? [];
    return `<error expanding template: error parsing template ${name}: template: ${name}:${line}: ${message}>`;
  }
  const value = typeof given === "number" ? given : formatHistogram(given);
  const own = labelMap(labels);
  const external = labelMap(ports.externalLabels ?? {});
  const data = { Labels: own, ExternalLabels: external, ExternalURL: ports.externalUrl, Value: value };
  const variables = new Map<string, GoValue>([
    ["$labels", own],
    ["$externalLabels", external],
    ["$externalURL", ports.externalUrl],
    ["$value", value],
  ]);
  const expanded = runTemplate(template.value, data, prometheusFunctions(ports), variables);
  if (typeof expanded === "string") return expanded;
  return `<error expanding template: error executing template ${name}: ${goMessage(expanded, text, name)}>`;
}
