import { createServer } from "node:net";

/** Rejects with words when the address cannot be listened on: workerd would only die of it, again and again. */
export async function requireFreePort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE")
      throw new Error(`port ${port} of ${host} is in use by another program. Stop it, or choose another --port.`, { cause: error });
    if (code === "EACCES") throw new Error(`port ${port} needs privileges this user lacks. Choose a --port above 1023.`, { cause: error });
    throw new Error(`cannot listen on ${host}:${port}: ${message}. Choose another --host or --port.`, { cause: error });
  } finally {
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
}
