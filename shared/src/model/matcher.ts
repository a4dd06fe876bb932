/** A label matcher of a selector; `value` of `=~` and `!~` is an RE2 expression, anchored at both ends. */
export interface Matcher {
  readonly name: string;
  readonly op: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}
