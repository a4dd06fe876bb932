/** workerd's only word for a name that does not resolve, or whose address its allow-list refuses. */
const UNSAID = /^internal error(?:; reference = \w+)?$/;

/** Why nobody answered, in words that tell what to look at. */
export function unreachableReason(error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  return UNSAID.test(said)
    ? "its name does not resolve, or to an address in a private network; if it is meant to lie in one, start the server with --allow-outbound and that network's range"
    : said;
}
