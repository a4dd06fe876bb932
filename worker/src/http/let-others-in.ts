import { READER_TURNS } from "../query/reader-turns.ts";
import { waitFor } from "../query/wait-for.ts";

/** In the middle of long work. A call of an object does not: what is under way inside the process goes before what waits at its sockets. */
export const letOthersIn = (): Promise<void> => READER_TURNS.turn(waitFor, () => true, undefined, {});
