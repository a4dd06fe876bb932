import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a condition of the outside world; rejects naming it when `patienceMs` is over. */
export async function until(what: string, patienceMs: number, condition: () => boolean | Promise<boolean>, everyMs = 20): Promise<void> {
  const deadline = performance.now() + patienceMs;
  let last: unknown;
  for (;;) {
    try {
      if (await condition()) return;
      last = undefined;
    } catch (error) {
      if (error instanceof Error && error.message.startsWith("npm start ended")) throw error;
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`waited ${patienceMs} ms in vain until ${what}`, { cause: last });
    await sleep(everyMs);
  }
}
