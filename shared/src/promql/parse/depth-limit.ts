import { QueryError } from "../failure.ts";

/** Deeper trees than this are refused before the recursive stages could exhaust the stack. */
export const MAX_DEPTH = 200;

export const NESTS_TOO_DEEP = `the query nests deeper than ${MAX_DEPTH} levels: the limit maxQueryDepth is ${MAX_DEPTH}`;

export class TooDeep extends QueryError {
  constructor() {
    super("bad_data", NESTS_TOO_DEEP);
  }
}
