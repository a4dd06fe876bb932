/** Of several that are put in one place at a time the last one stays. */
export function putInPlace(path: string, contents: Uint8Array | string): void;
