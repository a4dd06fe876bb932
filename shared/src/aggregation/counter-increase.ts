/** Growth of a counter between two of its values: a fall is a restart from zero, so all of the later value is growth. */
export const counterIncrease = (before: number, after: number): number => (after >= before ? after - before : after);
