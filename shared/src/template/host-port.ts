/** Go's net.SplitHostPort; null for what it refuses. The port may be anything, also nothing. */
export function splitHostPort(address: string): { readonly host: string; readonly port: string } | null {
  const colon = address.lastIndexOf(":");
  if (colon < 0) return null;
  const isBracketed = address.startsWith("[");
  if (isBracketed && address.indexOf("]") !== colon - 1) return null;
  const host = isBracketed ? address.slice(1, colon - 1) : address.slice(0, colon);
  if (!isBracketed && host.includes(":")) return null;
  return /[[\]]/.test(host + address.slice(colon)) ? null : { host, port: address.slice(colon + 1) };
}
