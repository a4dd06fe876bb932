/** A mail (RFC 5322) of plain text and HTML (multipart/alternative, RFC 2046), all of it ASCII on the wire. */
export interface MailMessage {
  /** `Name <a@b>` or `a@b`. */
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Ms. */
  readonly date: number;
  /** Without angle brackets. */
  readonly messageId: string;
  /** Others of the same thread name it, without angle brackets. */
  readonly threadId: string;
}

const base64 = (text: string): string => {
  let binary = "";
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
};

/** Nothing that came from an alert may begin a header of its own. */
const oneLine = (text: string): string => text.replaceAll(/\p{Cc}+/gu, " ").trim();

/** Encoded words (RFC 2047) of at most 75 characters, no character divided. */
export function encodedHeader(text: string): string {
  const line = oneLine(text);
  if (/^[\x20-\x7e]*$/.test(line) && line.length <= 900) return line;
  const words: string[] = [];
  let part = "";
  for (const character of line) {
    if (new TextEncoder().encode(part + character).length > 45) {
      words.push(part);
      part = "";
    }
    part += character;
  }
  words.push(part);
  return words.map((word) => `=?UTF-8?B?${base64(word)}?=`).join("\r\n ");
}

/** The address alone, for the envelope. */
export const bareAddress = (mailbox: string): string => oneLine(/<([^<>]*)>\s*$/.exec(mailbox)?.[1] ?? mailbox);

function mailbox(given: string): string {
  const address = bareAddress(given);
  const name = oneLine(given.slice(0, Math.max(0, given.lastIndexOf("<")))).replaceAll(/^"|"$/g, "");
  if (name === "") return address;
  return `${/^[\x20-\x7e]*$/.test(name) ? `"${name.replaceAll(/["\\]/g, "")}"` : encodedHeader(name)} <${address}>`;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function mailDate(ms: number): string {
  const date = new Date(ms);
  const time = date.toISOString().slice(11, 19);
  return `${WEEKDAYS[date.getUTCDay()]}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.getUTCFullYear()} ${time} +0000`;
}

/** Base64 has no line that begins with a dot, so that nothing needs stuffing. */
const body = (text: string): string => (base64(text).match(/.{1,76}/g) ?? []).join("\r\n");

/** Lines with CRLF, without the final dot. */
export function mailText(message: MailMessage): string {
  const boundary = `sightline-${message.messageId.replaceAll(/[^A-Za-z0-9]/g, "").slice(0, 40)}`;
  const part = (type: string, text: string): string =>
    `--${boundary}\r\nContent-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${body(text)}\r\n`;
  return [
    `From: ${mailbox(message.from)}`,
    `To: ${message.to.map(mailbox).join(",\r\n ")}`,
    `Subject: ${encodedHeader(message.subject)}`,
    `Date: ${mailDate(message.date)}`,
    `Message-ID: <${message.messageId}>`,
    `References: <${message.threadId}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    `${part("text/plain", message.text)}${part("text/html", message.html)}--${boundary}--\r\n`,
  ].join("\r\n");
}
