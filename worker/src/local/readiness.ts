const PATIENCE_MS = 15_000;
const PROBE_MS = 20;

/** Resolves once the server listens and its storage answers an authenticated query; rejects with words after 15 s. */
export async function whenReady(listening: Promise<void>, url: string, token: string): Promise<void> {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () => {
      const what = `the server did not answer on ${url} within ${PATIENCE_MS / 1000} s`;
      void reasonOf(url, token).then((reason) => reject(new Error(`${what}: ${reason}; its messages above say more`)));
    });
  });
  await Promise.race([listening, late]);
  for (;;) {
    const response = await Promise.race([
      fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${token}` } }).catch(() => null),
      late,
    ]);
    if (response?.ok === true) {
      await response.body?.cancel();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
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
