import type { Integration } from "@sightline/shared/alerting/receiver";

/** Settings that become part of a header. */
const SENT_IN_HEADERS = ["authorization", "botToken", "apiKey"] as const;

/** What cannot be sent in a header, in a sentence: a line break in a value would begin another header. Null when all can. */
export function headerFault(integration: Integration): string | null {
  const settings: Readonly<Record<string, unknown>> = { ...integration };
  const field = SENT_IN_HEADERS.find((name) => typeof settings[name] === "string" && !/^[\x20-\x7e]+$/.test(settings[name]));
  return field === undefined
    ? null
    : `its ${field} goes into a header, which takes printable ASCII: no line breaks, tabs or other characters.`;
}
