/** What became of one sample. `DUPLICATE` is no error: it was there already. `OVERWRITTEN`: accepted in place of another value. */
export const ACCEPTED = 0;
export const LATE = 1;
export const OVERWRITTEN = 2;
export const DUPLICATE = 3;
/** Another value was there and stays, as the duplicate policy `first` wants it. */
export const KEPT_FIRST = 4;
export const TOO_OLD = 5;
export const TOO_NEW = 6;
/** Another value was there and stays: an error under the duplicate policy `reject`. */
export const CONFLICT = 7;
/** Its series was refused, or it was dealt with in another way: it is not counted here. */
export const NO_SERIES = 8;
export type AppendVerdict = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;
