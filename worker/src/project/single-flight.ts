/** Runs work one at a time; asked for while it runs, it runs once more afterwards. Resolves when nothing is left to do. */
export function singleFlight(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  let again = false;
  const run = async (): Promise<void> => {
    do {
      again = false;
      await work();
    } while (again);
  };
  return () => {
    if (running === null) {
      running = run().finally(() => {
        running = null;
      });
    } else {
      again = true;
    }
    return running;
  };
}
