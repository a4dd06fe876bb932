import { visibleText } from "../../format/visible-text.ts";

export interface Attributes {
  readonly class?: string;
  readonly text?: string;
  readonly title?: string;
  readonly role?: string;
  readonly label?: string;
  readonly type?: string;
  readonly on?: Readonly<Record<string, (event: Event) => void>>;
}

/** Text is always text, never markup, and no letter of it turns round what stands beside it. */
export function setText(node: Node, text: string): void {
  const shown = visibleText(text);
  if (node.textContent !== shown) node.textContent = shown;
}

/** Creates an element with `setText`. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly Node[] = [],
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (attributes.class !== undefined) node.className = attributes.class;
  if (attributes.text !== undefined) setText(node, attributes.text);
  if (attributes.title !== undefined) node.title = visibleText(attributes.title);
  if (attributes.role !== undefined) node.setAttribute("role", attributes.role);
  if (attributes.label !== undefined) node.setAttribute("aria-label", attributes.label);
  if (attributes.type !== undefined) node.setAttribute("type", attributes.type);
  for (const [event, listener] of Object.entries(attributes.on ?? {})) node.addEventListener(event, listener);
  node.append(...children);
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>>,
  children: readonly Node[] = [],
): SVGElementTagNameMap[K] {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}
