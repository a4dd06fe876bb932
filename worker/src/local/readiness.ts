/** For a server that does not listen, or whose answers say that it cannot. */
const PATIENCE_MS = 30_000;
/** For one that has taken the question and not answered: it reads what is in its log, a second for some hundred thousand samples of an idle machine. */
const MOST_PATIENCE_MS = 600_000;
/** Between two sentences about that. */
const TELL_MS = 10_000;
const PROBE_MS = 20;

/**
 * Resolves once the server listens and its storage answers an authenticated query; rejects with words when it refuses for 30 s,
 * or has not answered for ten minutes. `tell` gets the seconds for which an answer has been waited for, every ten of them.
 */
export async function whenReady(listening: Promise<void>, url: string, token: string, tell: (seconds: number) => void): Promise<void> {
  const listens = await Promise.race([listening.then(() => true), after(PATIENCE_MS)]);
  const end = Date.now() + MOST_PATIENCE_MS;
  // Time in which it owes an answer is not time in which it refuses.
  for (let left = listens === true ? PATIENCE_MS : 0; left > 0; left -= PROBE_MS) {
    if (await isReady(url, token, end, tell)) return;
    if (Date.now() >= end) throw new Error(`the server on ${url} has been reading what is stored for ${MOST_PATIENCE_MS / 60_000} min`);
    await after(PROBE_MS);
  }
  const what = `the server did not answer on ${url} within ${PATIENCE_MS / 1000} s`;
  throw new Error(`${what}: ${await reasonOf(url, token)}; its messages above say more`);
}

/** Resolves with undefined. */
const after = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms).unref());

async function isReady(url: string, token: string, end: number, tell: (seconds: number) => void): Promise<boolean> {
  const since = Date.now();
  const telling = setInterval(() => tell(Math.round((Date.now() - since) / 1000)), TELL_MS);
  try {
    const signal = AbortSignal.timeout(Math.max(1, end - since));
    const response = await fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${token}` }, signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  } finally {
    clearInterval(telling);
  }
}

/** What it says to somebody with a right to know; asking has it write the cause to its log, which `/readyz` does not. */
async function reasonOf(url: string, token: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/v1/status`, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(PROBE_MS * 100),
    });
    return `/v1/status answers ${answer.status}, ${await answer.text()}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
