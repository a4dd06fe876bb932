/** Annotations and labels of alerting rules: `$labels`, `$value`, `$externalLabels`, `$externalURL` and Prometheus's functions. */
import type { Labels } from "../model/labels.ts";
import type { Result } from "../model/result.ts";
import type { Template } from "./ast.ts";
import { isBuiltin } from "./builtins.ts";
import { checkNames } from "./check-names.ts";
import { executeTemplate } from "./execute.ts";
import type { GoValue } from "./go-value.ts";
import { parseTemplate } from "./parse.ts";
import type { PrometheusTemplatePorts } from "./prometheus-functions.ts";
import { labelMap, prometheusFunctions } from "./prometheus-functions.ts";

const REMEMBERED = 2000;
const parsed = new Map<string, Result<Template>>();

function templateOf(text: string): Result<Template> {
  let template = parsed.get(text);
  if (template === undefined) {
    template = parseTemplate(text);
    if (parsed.size >= REMEMBERED) parsed.clear();
    parsed.set(text, template);
  }
  return template;
}

const VARIABLES = ["$labels", "$externalLabels", "$externalURL", "$value"];
const FUNCTIONS = prometheusFunctions({ query: () => [], externalUrl: "", nowMs: 0 });
const isFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name) || isBuiltin(name);

/** Failure `bad_template`: for checking a rule before it is put in place. */
export function checkAlertTemplate(text: string): Result<Template> {
  const template = templateOf(text);
  return template.ok ? checkNames(template.value, VARIABLES, isFunction) : template;
}

/** What cannot be expanded says so in its place, as Prometheus does: an alert is never lost to its annotation. */
export function expandAlertTemplate(text: string, labels: Labels, value: number, ports: PrometheusTemplatePorts): string {
  if (!text.includes("{{")) return text;
  const template = templateOf(text);
  if (!template.ok) return `<error expanding template: ${template.error.message}>`;
  const own = labelMap(labels);
  const external = labelMap(ports.externalLabels ?? {});
  const data = { Labels: own, ExternalLabels: external, ExternalURL: ports.externalUrl, Value: value };
  const variables = new Map<string, GoValue>([
    ["$labels", own],
    ["$externalLabels", external],
    ["$externalURL", ports.externalUrl],
    ["$value", value],
  ]);
  const expanded = executeTemplate(template.value, data, prometheusFunctions(ports), variables);
  return expanded.ok ? expanded.value : `<error expanding template: ${expanded.error.message}>`;
}
