/** Warnings and infos of a query, in Prometheus's words (`util/annotations`), once each. */
import type { Span } from "../ast.ts";
import { positionOf } from "../failure.ts";
import { type Forced, forcedText, mergeForced } from "./forced-monotonicity.ts";

export class Annotations {
  readonly text: string;
  /** How many were made so far, repeated ones included. */
  said = 0;
  private readonly warnings = new Set<string>();
  private readonly infos = new Set<string>();
  private readonly forcings = new Map<string, { readonly key: string; readonly place: string; readonly forced: Forced }>();

  constructor(text: string) {
    this.text = text;
  }

  warn(message: string, span: Span): void {
    this.said++;
    this.warnings.add(`PromQL warning: ${message}${this.at(span)}`);
  }

  info(message: string, span: Span): void {
    this.said++;
    this.infos.add(`PromQL info: ${message}${this.at(span)}`);
  }

  /** An info whose numbers are told together. */
  forced(message: string, span: Span, forced: Forced): void {
    this.said++;
    const key = `PromQL info: ${message}`;
    const place = this.at(span);
    const known = this.forcings.get(key + place);
    this.forcings.set(key + place, { key, place, forced: known === undefined ? forced : mergeForced(known.forced, forced) });
  }

  list(): { readonly warnings: string[]; readonly infos: string[] } {
    const forced = [...this.forcings.values()].map(({ key, place, forced }) => `${key}${forcedText(forced)}${place}`);
    return { warnings: [...this.warnings], infos: [...this.infos, ...forced] };
  }

  private at(span: Span): string {
    return ` (${this.text === "" ? `1:${span.from + 1}` : positionOf(this.text, span.from)})`;
  }
}
