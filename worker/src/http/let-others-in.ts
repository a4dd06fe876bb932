/** In the middle of long work. A call of an object does not: what is under way inside the process goes before what waits at its sockets. */
export const letOthersIn = (): Promise<void> => scheduler.wait(0);
