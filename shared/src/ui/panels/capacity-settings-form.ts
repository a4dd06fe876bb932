/** What resources cost and what demand is, as the project has it, to be changed by people. */
import { type DataSource, DataSourceError } from "../../api/data-source.ts";
import type { CapacitySettings, Price } from "../../model/capacity.ts";
import { element } from "../dom/element.ts";

/** What is bought, and in which units where nobody has said another. */
const BOUGHT = [
  { kind: "disk", title: "Disk", unit: "GiB" },
  { kind: "memory", title: "Memory", unit: "GiB" },
  { kind: "cpu", title: "CPU", unit: "core" },
  { kind: "connections", title: "Connections", unit: "connection" },
] as const;

type Kind = (typeof BOUGHT)[number]["kind"];

export class CapacitySettingsForm {
  readonly opener: HTMLButtonElement;
  readonly root = element("div");
  readonly #source: Pick<DataSource, "capacitySettings" | "putCapacitySettings">;
  readonly #saved: () => void;

  constructor(source: Pick<DataSource, "capacitySettings" | "putCapacitySettings">, saved: () => void) {
    this.#source = source;
    this.#saved = saved;
    this.opener = element("button", {
      class: "sl-button sl-end",
      type: "button",
      text: "Prices and demand",
      on: { click: () => void this.#toggle() },
    });
  }

  async #toggle(): Promise<void> {
    if (this.root.childElementCount > 0) {
      this.root.replaceChildren();
      return;
    }
    try {
      this.root.replaceChildren(this.#form(await this.#source.capacitySettings()));
      this.root.querySelector("input")?.focus();
    } catch (error) {
      this.root.replaceChildren(problem(error));
    }
  }

  #form(settings: CapacitySettings): HTMLElement {
    const currency = field("Currency", "text", settings.currency);
    const prices = BOUGHT.map(({ kind, title, unit }) => {
      const price: Price | undefined = settings.prices[kind];
      const input = field(`${title}: a ${price?.unit ?? unit} a month`, "number", price === undefined ? "" : String(price.perMonth));
      input.step = "any";
      input.min = "0";
      return { kind, unit: price?.unit ?? unit, input };
    });
    const demand = field("Demand (PromQL of one series)", "text", settings.demand ?? "");
    demand.placeholder = "requests a second to HTTP servers";
    const said = element("span", { class: "sl-alert-text", role: "status" });
    const save = async (): Promise<void> => {
      const given = prices.flatMap(({ kind, unit, input }): [Kind, Price][] =>
        input.value.trim() === "" ? [] : [[kind, { perMonth: input.valueAsNumber, unit }]],
      );
      const kept = Object.entries(settings.prices).filter(([kind]) => !BOUGHT.some((one) => one.kind === kind));
      const { demand: _, ...rest } = settings;
      try {
        await this.#source.putCapacitySettings({
          ...rest,
          currency: currency.value.trim(),
          prices: { ...Object.fromEntries(kept), ...Object.fromEntries(given) },
          ...(demand.value.trim() === "" ? {} : { demand: demand.value.trim() }),
        });
        this.root.replaceChildren();
        this.#saved();
      } catch (error) {
        said.replaceChildren(problem(error));
      }
    };
    const fields = [currency, ...prices.map(({ input }) => input), demand];
    return element("form", { class: "sl-capacity-settings", on: { submit: (event) => (event.preventDefault(), void save()) } }, [
      ...fields.map((input) => element("label", { class: "sl-faint", text: input.getAttribute("aria-label") ?? "" }, [input])),
      element("div", { class: "sl-row-head" }, [
        element("button", { class: "sl-button sl-button-primary", type: "submit", text: "Save" }),
        element("button", { class: "sl-button", type: "button", text: "Cancel", on: { click: () => this.root.replaceChildren() } }),
        said,
      ]),
    ]);
  }
}

function field(label: string, type: string, value: string): HTMLInputElement {
  const input = element("input", { class: "sl-input", type, label });
  input.value = value;
  return input;
}

const problem = (error: unknown): HTMLElement =>
  element("span", { class: "sl-list-problem", text: error instanceof DataSourceError ? error.message : String(error) });
