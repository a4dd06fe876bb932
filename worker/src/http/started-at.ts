/** Since when this isolate answers; a clock that stands still until the first request begins there. */
let firstAskedAt = 0;

/** RFC 3339. */
export const startedAt = (): string => new Date((firstAskedAt ||= Date.now())).toISOString();
