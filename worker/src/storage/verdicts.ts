/** What became of one sample. `DUPLICATE` is no error: it was there already. `OVERWRITTEN`: accepted in place of another value. */
export const ACCEPTED = 0;
export const LATE = 1;
export const OVERWRITTEN = 2;
export const DUPLICATE = 3;
export const TOO_OLD = 4;
export const TOO_NEW = 5;
/** Its series was refused, or it was dealt with in another way: it is not counted here. */
export const NO_SERIES = 6;
export type AppendVerdict = 0 | 1 | 2 | 3 | 4 | 5 | 6;
