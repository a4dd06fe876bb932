/** A receiver has this long for everything: connecting, taking the message, answering. */
const TIMEOUT_MS = 10_000;

/** Resolves after `ms`, rejects when the signal aborts: a timer left behind would keep the object awake. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>;

export class Late extends Error {}

/** Runs `work` with a signal that aborts when its time is over; rejects with Late then, whether or not `work` heeds the signal. */
export async function withDeadline<T>(wait: Wait, work: (given: AbortSignal) => Promise<T>): Promise<T> {
  const answered = new AbortController();
  const given = new AbortController();
  const late = new Late(`no answer within ${TIMEOUT_MS / 1000} s`);
  const over = new Promise<never>((_, reject) => {
    wait(TIMEOUT_MS, answered.signal).then(
      () => {
        given.abort(late);
        reject(late);
      },
      () => undefined,
    );
  });
  try {
    return await Promise.race([work(given.signal), over]);
  } finally {
    answered.abort();
  }
}
