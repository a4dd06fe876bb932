/**
 * Says in words why an analysis has nothing to tell, beside its empty list: an expression without series is no error, as in PromQL, but
 * whoever mistyped a name should not have to guess.
 */
export const warnIfNone = (query: string, series: readonly unknown[]): { readonly warnings?: readonly string[] } =>
  series.length > 0
    ? {}
    : {
        warnings: [
          `No series came of ${query}: none matches, or none has samples in this time. GET /api/v1/label/__name__/values lists the names there are.`,
        ],
      };
