import type { ProjectPorts } from "./project-ports.ts";
import { base64url } from "./project-ports.ts";

/** What a link lets its holder do; a link of one purpose is worth nothing for another. */
export type LinkPurpose = "acknowledge" | "calendar";

const fromBase64url = (text: string): string => {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0));
};

function keyOf(ports: ProjectPorts): string {
  const [kept] = ports.database.all<{ value: string }>("SELECT value FROM settings WHERE name = 'link_key'");
  if (kept !== undefined) return kept.value;
  const key = base64url(ports.randomBytes(32));
  ports.database.run("INSERT INTO settings (name, value) VALUES ('link_key', ?)", key);
  return key;
}

const signed = (ports: ProjectPorts, purpose: LinkPurpose, body: string): string =>
  ports.hmacSha256(keyOf(ports), `${purpose}.${ports.project}.${body}`);

/** `project.body.signature`, for the path of a URL. `expiresAt` in ms; null: until the links' key is replaced. */
export function signLink(ports: ProjectPorts, purpose: LinkPurpose, subject: readonly string[], expiresAt: number | null): string {
  const body = base64url(new TextEncoder().encode(JSON.stringify([expiresAt, ...subject])));
  return `${ports.project}.${body}.${signed(ports, purpose, body)}`;
}

/** What was signed; null for a link that is not ours, was changed, or is over. */
export function openLink(ports: ProjectPorts, purpose: LinkPurpose, link: string): readonly string[] | null {
  const [project, body, signature, ...rest] = link.split(".");
  if (project !== ports.project || body === undefined || signature === undefined || rest.length > 0) return null;
  const expected = signed(ports, purpose, body);
  let differs = expected.length ^ signature.length;
  // In constant time, so that a signature cannot be found digit by digit.
  for (let i = 0; i < expected.length; i++) differs |= expected.charCodeAt(i) ^ signature.charCodeAt(i);
  if (differs !== 0) return null;
  // The signature says that signLink wrote this.
  const [expiresAt, ...subject] = JSON.parse(fromBase64url(body)) as [number | null, ...string[]];
  return expiresAt !== null && expiresAt <= ports.now() ? null : subject;
}
