import { isIP } from "node:net";

const NAME = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*$/;

/** A block of addresses, `10.0.0.0/8`: what the network's allow-list takes. */
export function isBlock(text: string): boolean {
  const [, address = "", prefix = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  return isIP(address) !== 0 && Number(prefix) <= (isIP(address) === 4 ? 32 : 128);
}

/** A number in the last place makes an address of it to every URL parser. */
const isName = (text: string): boolean => NAME.test(text) && !/(?:^|\.)\d+$/.test(text);

/** What --allow-outbound says, each time blocks and names between commas. Throws an Error with words for whoever typed it. */
export function outboundList(given: readonly string[]): readonly string[] {
  const list = given
    .join(",")
    .split(",")
    .map((one) =>
      one
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, ""),
    )
    .filter((one) => one !== "");
  const strange = list.find((one) => !isBlock(one) && !isName(one));
  if (strange !== undefined)
    throw new Error(`--allow-outbound ${strange}: expected a block such as 10.0.0.0/8 or fd00::/8, or a name such as receivers.internal`);
  const [name] = list;
  if (name !== undefined && !list.some(isBlock))
    throw new Error(`--allow-outbound ${name}: a name needs the range its address lies in, too: --allow-outbound ${name},10.0.0.0/8`);
  return list;
}
