/**
 * Where webhooks may go. The network's allow-list decides by the resolved address; this refuses early and in words
 * what can be seen in the URL: schemes, credentials, literal private addresses, names that are only known in private
 * networks while none of those is open, or not the one named. `new URL` has already
 * turned exotic spellings (octal, hex, short forms) into plain ones.
 */
export interface OutboundPolicy {
  /**
   * CIDRs of private networks that are open, e.g. 127.0.0.0/8, and names: with names, of the private ones only those and
   * the names that end in them are called.
   */
  readonly allowed: readonly string[];
}

interface Network {
  /** 32 or 128 bits. */
  readonly bits: bigint;
  readonly width: 32 | 128;
  readonly prefix: number;
}

// RFC 6890 and successors: what is not the public Internet.
const PRIVATE = [
  "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
  "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  "::/96", "64:ff9b::/96", "100::/64", "2001:db8::/32", "2002::/16", "fc00::/7", "fe80::/10", "ff00::/8",
]; // prettier-ignore

function parseV4(text: string): bigint | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
}

function parseV6(text: string): bigint | null {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const embedded = tail === null ? null : parseV4(tail[2] ?? "");
  const plain =
    tail === null || embedded === null ? text : `${tail[1]}${(embedded >> 16n).toString(16)}:${(embedded & 0xffffn).toString(16)}`;
  const [head = "", rest, ...more] = plain.split("::");
  if (more.length > 0) return null;
  const left = head === "" ? [] : head.split(":");
  const right = rest === undefined || rest === "" ? [] : rest.split(":");
  const missing = 8 - left.length - right.length;
  if (rest === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...left, ...Array.from({ length: missing }, () => "0"), ...right];
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  return groups.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** An IPv4 address inside IPv6 (::ffff:0:0/96) is judged as IPv4. */
function parseAddress(text: string): Pick<Network, "bits" | "width"> | null {
  const v4 = parseV4(text);
  if (v4 !== null) return { bits: v4, width: 32 };
  const v6 = text.includes(":") ? parseV6(text) : null;
  if (v6 === null) return null;
  return v6 >> 32n === 0xffffn ? { bits: v6 & 0xffffffffn, width: 32 } : { bits: v6, width: 128 };
}

function parseCidr(text: string): Network | null {
  const [address = "", prefix] = text.trim().split("/");
  const parsed = parseAddress(address);
  if (parsed === null) return null;
  const length = prefix === undefined ? parsed.width : Number(prefix);
  return Number.isInteger(length) && length >= 0 && length <= parsed.width ? { ...parsed, prefix: length } : null;
}

function within(address: Pick<Network, "bits" | "width">, cidrs: readonly string[]): boolean {
  return cidrs.some((cidr) => {
    const network = parseCidr(cidr);
    if (network === null || network.width !== address.width) return false;
    const shift = BigInt(network.width - network.prefix);
    return network.bits >> shift === address.bits >> shift;
  });
}

/** A block of addresses, `10.0.0.0/8`; what is no block is a name. */
const isBlock = (text: string): boolean => text.includes("/") && parseCidr(text) !== null;

/** Names that no public DNS server knows: of one word, as containers and services have them, or under such a suffix. */
const isPrivateName = (host: string): boolean => /\.(?:local|internal|lan|home\.arpa|localdomain)$/.test(host) || !host.includes(".");

/** Why a private name may not be called; null when it may, and the network decides by the address that it resolves to. */
function nameRefusal(host: string, { allowed }: OutboundPolicy): string | null {
  const names = allowed.filter((one) => !isBlock(one));
  if (names.length === allowed.length)
    return `${host} is a name of a private network, which webhooks may not reach unless the server is started with --allow-outbound and the range of its address, such as --allow-outbound ${host},10.0.0.0/8.`;
  const named = names.length === 0 || names.some((name) => host === name || host.endsWith(`.${name}`));
  return named ? null : `${host} is a name of a private network that --allow-outbound does not name: it names ${names.join(", ")}.`;
}

/** Null when the URL may be called; otherwise the sentence that says why not. */
export function refusalOf(url: string, policy: OutboundPolicy): string | null {
  if (!URL.canParse(url)) return `${JSON.stringify(url)} is not a URL.`;
  const { protocol, hostname, username, password } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") return `Webhooks go over https or http, not ${protocol}`;
  if (username !== "" || password !== "") return "A webhook's URL carries no user name or password; use a secret, which signs the message.";
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const isLocalName = host === "localhost" || host.endsWith(".localhost");
  const address = isLocalName ? parseAddress("127.0.0.1") : parseAddress(host);
  if (address === null) return isPrivateName(host) ? nameRefusal(host, policy) : null;
  if (!within(address, PRIVATE) || within(address, policy.allowed)) return null;
  return `${host} is a private address, which webhooks may not reach unless the server is started with --allow-outbound.`;
}

/** Of blocks and names between commas. */
export const outboundPolicy = (given: string | undefined): OutboundPolicy => ({
  allowed: (given ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
});
