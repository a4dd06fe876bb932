import { type Result, fail, ok } from "../model/result.ts";

/** Protocol versions this code speaks, all of them, newest last. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** The highest version both sides speak, or `unsupported_version` naming what each speaks. */
export function negotiateVersion(sender: readonly number[], server: readonly number[] = PROTOCOL_VERSIONS): Result<number> {
  let best = -1;
  for (const version of sender) if (version > best && server.includes(version)) best = version;
  if (best >= 0) return ok(best);
  const theirs = sender.length === 0 ? "none" : sender.join(", ");
  return fail(
    "unsupported_version",
    `the sender speaks protocol ${theirs}, this server ${server.join(", ")}; nothing was taken, upgrade the older of the two`,
  );
}
