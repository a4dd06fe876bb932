/** Warnings and infos of a query, in Prometheus's words (`util/annotations`), once each. */
import type { Span } from "../ast.ts";
import { positionOf } from "../failure.ts";

export class Annotations {
  readonly text: string;
  /** How many were made so far, repeated ones included. */
  said = 0;
  private readonly warnings = new Set<string>();
  private readonly infos = new Set<string>();

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

  list(): { readonly warnings: string[]; readonly infos: string[] } {
    return { warnings: [...this.warnings], infos: [...this.infos] };
  }

  private at(span: Span): string {
    return ` (${this.text === "" ? `1:${span.from + 1}` : positionOf(this.text, span.from)})`;
  }
}
