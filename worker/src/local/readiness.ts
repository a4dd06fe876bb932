const PATIENCE_MS = 15_000;
const PROBE_MS = 20;

/** Resolves once the server listens and its storage answers an authenticated query; rejects with words after 15 s. */
export async function whenReady(listening: Promise<void>, url: string, token: string): Promise<void> {
  const deadline = AbortSignal.timeout(PATIENCE_MS);
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener("abort", () =>
      reject(new Error(`the server did not answer on ${url} within ${PATIENCE_MS / 1000} s; its messages above say why`)),
    );
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
