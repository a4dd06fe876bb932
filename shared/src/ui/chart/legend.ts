import { element, setText } from "../dom/element.ts";

export interface LegendEntry {
  readonly key: string;
  readonly name: string;
  readonly colour: number;
  readonly value: string;
  readonly off: boolean;
}

interface Row {
  readonly button: HTMLButtonElement;
  readonly name: HTMLElement;
  readonly value: HTMLElement;
  readonly swatch: HTMLElement;
}

/** Names and values of the series: the newest, or those under the crosshair. A click hides or shows a series. */
export class Legend {
  readonly element = element("div", { class: "sl-legend" });
  readonly #rows = new Map<string, Row>();
  readonly #time = element("span", { class: "sl-legend-time" });
  readonly #toggle: (key: string) => void;

  constructor(toggle: (key: string) => void) {
    this.#toggle = toggle;
    this.element.append(this.#time);
  }

  update(entries: readonly LegendEntry[], time: string | null): void {
    const present = new Set(entries.map(({ key }) => key));
    for (const [key, { button }] of this.#rows) {
      if (present.has(key)) continue;
      button.remove();
      this.#rows.delete(key);
    }
    for (const entry of entries) {
      const row = this.#rows.get(entry.key) ?? this.#add(entry.key);
      setText(row.name, entry.name);
      setText(row.value, entry.value);
      row.swatch.style.backgroundColor = `var(--sl-series-${entry.colour + 1})`;
      row.button.setAttribute("aria-pressed", String(!entry.off));
    }
    setText(this.#time, time ?? "");
  }

  #add(key: string): Row {
    const swatch = element("span", { class: "sl-swatch" });
    const name = element("span", { class: "sl-legend-name" });
    const value = element("span", { class: "sl-legend-value" });
    const button = element(
      "button",
      { class: "sl-legend-item", type: "button", title: "Hide or show", on: { click: () => this.#toggle(key) } },
      [swatch, name, value],
    );
    const row = { button, name, value, swatch };
    this.#rows.set(key, row);
    this.element.insertBefore(button, this.#time);
    return row;
  }
}
