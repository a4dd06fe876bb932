/** What html/template does to values, for the places that mails have: text, quoted attributes, and URLs in them. */
import { escapeHtml } from "./builtins.ts";
import type { Escape } from "./execute.ts";
import { formatValue } from "./go-format.ts";
import { safeHtmlOf } from "./go-value.ts";

/** Before a value that is, or begins, the URL of an attribute. */
const OPENS_URL = /\b(?:href|src|action|background)\s*=\s*["']?\s*$/i;
const HARMLESS_URL = /^(?:https?:|mailto:|tel:|[^:]*(?:[/?#]|$))/i;

/** As Go writes in the place of a URL that could run code. */
const REFUSED_URL = "#ZgotmplZ";

export const htmlEscape: Escape = (value, before) => {
  const safe = safeHtmlOf(value);
  if (safe !== null) return safe;
  const text = value === null ? "" : formatValue(value);
  if (OPENS_URL.test(before.slice(-200)) && !HARMLESS_URL.test(text.trim())) return REFUSED_URL;
  return escapeHtml(text);
};
