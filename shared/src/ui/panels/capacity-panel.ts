/** When resources are used up, and what if. */
import type { CapacityResponse } from "../../api/analyses.ts";
import { DataSourceError } from "../../api/data-source.ts";
import { costText, growthText, saturationText, timeAhead, totalCostText, useText } from "../../format/capacity-text.ts";
import type { CapacityResource, Scenario } from "../../model/capacity.ts";
import { element, setText } from "../dom/element.ts";
import { notice } from "../dom/notice.ts";
import { CapacitySettingsForm } from "./capacity-settings-form.ts";
import { failureNotice } from "./failure-notice.ts";
import type { MountedPanel, PanelContext } from "./panel-context.ts";

/** Growth is judged by weeks: it changes little in this time. */
const REFRESH_MS = 300_000;

export function mountCapacityPanel(context: PanelContext): MountedPanel {
  const list = element("div", { class: "sl-list", role: "status" }, [element("div", { class: "sl-skeleton", label: "Loading" })]);
  const traffic = numberInput("Traffic times", { value: "1", min: "0.1", max: "1000", step: "0.1" });
  const hosts = numberInput("Hosts more or fewer", { value: "0", step: "1" });
  const gist = element("div", { class: "sl-faint" });
  let asked = 0;
  let disposed = false;

  const show = async (): Promise<void> => {
    const mine = ++asked;
    try {
      const response = await context.dataSource.capacity(scenarioOf(traffic.valueAsNumber, hosts.valueAsNumber));
      if (disposed || mine !== asked) return;
      setText(gist, [response.text, totalCostText(response), ...response.warnings].filter((part) => part !== "").join(" "));
      list.replaceChildren(...rowsOf(response, context.now()));
    } catch (error) {
      if (disposed || mine !== asked) return;
      if (!(error instanceof DataSourceError)) throw error;
      list.replaceChildren(failureNotice(error));
    }
  };
  for (const input of [traffic, hosts]) input.addEventListener("change", () => void show());
  const timer = setInterval(() => void show(), REFRESH_MS);
  void show();
  const form = element("div", { class: "sl-row-head sl-what-if" }, [
    element("label", { class: "sl-faint" }, [element("span", { text: "What if traffic were ×" }), traffic]),
    element("label", { class: "sl-faint" }, [element("span", { text: "with so many hosts more (−1: one fewer)" }), hosts]),
  ]);
  const settings = new CapacitySettingsForm(context.dataSource, () => void show());
  form.append(settings.opener);
  return {
    body: element("div", { class: "sl-panel-body" }, [gist, form, settings.root, list]),
    dispose() {
      disposed = true;
      clearInterval(timer);
    },
  };
}

function numberInput(
  label: string,
  fields: Readonly<Record<"value" | "min" | "max" | "step", string>> | Readonly<Record<"value" | "step", string>>,
): HTMLInputElement {
  const input = element("input", { class: "sl-input sl-input-number", type: "number", label });
  return Object.assign(input, fields);
}

/** Nothing is tried where the fields say what is. */
function scenarioOf(traffic: number, hosts: number): Scenario {
  return {
    ...(traffic > 0 && traffic !== 1 ? { traffic } : {}),
    ...(Number.isInteger(hosts) && hosts !== 0 ? { hosts } : {}),
  };
}

function rowsOf({ resources, scenario }: CapacityResponse, nowMs: number): HTMLElement[] {
  if (resources.length === 0)
    return [
      notice({
        title: "Nothing bounded is known yet",
        detail: "Start an agent, or declare what has a limit with PUT /v1/capacity/settings.",
      }),
    ];
  return resources.map((resource) => row(resource, scenario !== undefined, nowMs));
}

function levelOf({ recommendation }: CapacityResource): string {
  if (recommendation.type === "grow") return recommendation.priority === "high" ? "error" : "warning";
  return "plain";
}

function row(resource: CapacityResource, tried: boolean, nowMs: number): HTMLElement {
  const facts = [useText(resource), growthText(resource), costText(resource)].filter((part) => part !== "").join(" · ");
  return element("div", { class: "sl-insight", title: resource.recommendation.reasons.join("\n") }, [
    element("div", { class: "sl-row-head" }, [
      element("span", { class: "sl-row-title", text: resource.name }),
      element("span", { class: "sl-faint", text: facts }),
      element("span", { class: `sl-end sl-level-${levelOf(resource)}`, text: saturationText(resource, nowMs) }),
    ]),
    element("div", { class: "sl-alert-text", text: "refused" in resource ? resource.refused.reason : resource.recommendation.text }),
    ...(tried ? [element("div", { class: "sl-alert-text", text: triedText(resource, nowMs) })] : []),
  ]);
}

function triedText(resource: CapacityResource, nowMs: number): string {
  const outcome = "scenario" in resource ? resource.scenario : undefined;
  if (outcome === undefined) return "";
  if ("refused" in outcome) return `What if: ${outcome.refused.reason}`;
  const { at } = outcome.saturation;
  const when = at === null ? "" : at <= nowMs ? " Full now." : ` Full in ${timeAhead(at - nowMs)}.`;
  return `What if: ${outcome.text}${when}${outcome.assumptions.length === 0 ? "" : ` Assumed: ${outcome.assumptions.join("; ")}.`}`;
}
