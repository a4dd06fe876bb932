/**
 * How much longer than its own work a request takes at `servers` servers that are busy for the share `busy`, arrivals and work both random
 * (M/M/c): 1 when nobody waits, null where the queue grows without end. Source: Erlang 1917; Kleinrock, Queueing Systems I, 3.5.
 */
export function responseFactor(servers: number, busy: number): number | null {
  const c = Math.max(1, Math.round(servers));
  if (busy >= 1) return null;
  if (!(busy > 0)) return 1;
  return 1 + waitingShare(c, busy * c) / (c * (1 - busy));
}

/** Erlang's C: the share of requests that must wait, of `load` servers' work offered to `c`. By the recursion of the loss formula, stable for any c. */
function waitingShare(c: number, load: number): number {
  let loss = 1;
  for (let k = 1; k <= c; k++) loss = (load * loss) / (k + load * loss);
  return loss / (1 - (load / c) * (1 - loss));
}
