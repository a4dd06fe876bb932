import type { Wait } from "./reader-turns.ts";

/** A timer of the platform's, which does not run on when it is not waited for: of one object one fires after the other, a ms each. */
export const waitFor: Wait = async (ms, signal) => {
  if (signal === undefined) return scheduler.wait(ms);
  await scheduler.wait(ms, { signal }).catch(() => undefined);
};
