/** What a request brings to say who it is, before anything is looked up. */
export interface Credentials {
  readonly kind: "token" | "ticket";
  readonly project: string;
  readonly secret: string;
}

const TOKEN = /^sl_([a-z0-9][a-z0-9-]{0,62})_([\w-]{16,})$/;
const TICKET = /^tk_([a-z0-9][a-z0-9-]{0,62})_([\w-]{16,})$/;

function fromAuthorization(header: string): string | null {
  const space = header.indexOf(" ");
  const scheme = header.slice(0, space).toLowerCase();
  const rest = header.slice(space + 1).trim();
  // Influx clients say `Token`.
  if (scheme === "bearer" || scheme === "token") return rest;
  if (scheme !== "basic") return null;
  try {
    const pair = atob(rest);
    return pair.slice(pair.indexOf(":") + 1);
  } catch {
    return null;
  }
}

/** `Sec-WebSocket-Protocol: sightline.v1, bearer.TOKEN`, for browsers, which cannot set headers on a WebSocket. */
function fromSubprotocol(header: string): string | null {
  for (const protocol of header.split(",")) {
    if (protocol.trim().startsWith("bearer.")) return protocol.trim().slice("bearer.".length);
  }
  return null;
}

/** Where Influx 1.x clients that send no header put the user and the password: `?u=USER&p=TOKEN`. Nowhere else is a token read from an address. */
const INFLUX_1: ReadonlySet<string> = new Set(["/write", "/query", "/ping"]);

function fromInfluxAddress(url: string): string | null {
  const { pathname, searchParams } = new URL(url);
  return INFLUX_1.has(pathname) ? searchParams.get("p") : null;
}

const MOST = 1000;
/** By header: a client sends the same one with every request. */
const known = new Map<string, Credentials>();

/** Null without a well-formed token or ticket. Tickets are read on WebSocket upgrades alone. */
export function readCredentials(request: Request): Credentials | null {
  const authorization = request.headers.get("authorization");
  const before = authorization === null ? undefined : known.get(authorization);
  if (before !== undefined) return before;
  const upgrade = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  const protocol = upgrade ? request.headers.get("sec-websocket-protocol") : null;
  const ticket = upgrade ? new URL(request.url).searchParams.get("ticket") : null;
  if (authorization === null && ticket !== null) {
    const [, project] = TICKET.exec(ticket) ?? [];
    return project === undefined ? null : { kind: "ticket", project, secret: ticket };
  }
  const token =
    authorization !== null
      ? fromAuthorization(authorization)
      : protocol !== null
        ? fromSubprotocol(protocol)
        : fromInfluxAddress(request.url);
  const [, project] = TOKEN.exec(token ?? "") ?? [];
  if (token === null || project === undefined) return null;
  const credentials: Credentials = { kind: "token", project, secret: token };
  if (known.size >= MOST) known.clear();
  if (authorization !== null) known.set(authorization, credentials);
  return credentials;
}

/** Hex. Tokens are looked up, cached and stored by this alone. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  let hex = "";
  for (const byte of digest) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
