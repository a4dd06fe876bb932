/** An M/M/c queue run event by event: what a host with c CPUs does under a demand that changes through the day. */
export interface QueueRun {
  /** By interval: arrivals a second, and the mean share of the servers that was busy. */
  readonly rate: Float64Array;
  readonly busy: Float64Array;
  /** Mean time in the system, seconds, of the requests that came in the interval. */
  readonly response: Float64Array;
}

/** `rateAt(s)`: arrivals a second; each takes `work` seconds of one server on average. Intervals of `every` seconds. */
export function simulateQueue(
  rateAt: (second: number) => number,
  { servers, work, seconds, every }: { readonly servers: number; readonly work: number; readonly seconds: number; readonly every: number },
  random: () => number,
): QueueRun {
  const exponential = (mean: number): number => -mean * Math.log(1 - random());
  const intervals = Math.floor(seconds / every);
  const arrivals = new Float64Array(intervals);
  const busySeconds = new Float64Array(intervals);
  const times = new Float64Array(intervals);
  /** When each server is free again. */
  const free = new Float64Array(servers);
  let now = 0;
  let highest = 0;
  for (let s = 0; s < seconds; s += every) highest = Math.max(highest, rateAt(s));
  highest *= 1.01;
  for (;;) {
    // Thinning: Lewis & Shedler 1979.
    now += exponential(1 / highest);
    if (now >= seconds) break;
    if (random() * highest > rateAt(now)) continue;
    let first = 0;
    for (let k = 1; k < servers; k++) if (free[k]! < free[first]!) first = k;
    const start = Math.max(now, free[first]!);
    const end = start + exponential(work);
    free[first] = end;
    const came = Math.floor(now / every);
    if (came < intervals) {
      arrivals[came] = arrivals[came]! + 1;
      times[came] = times[came]! + end - now;
    }
    for (let i = Math.floor(start / every); i < intervals && i * every < end; i++)
      busySeconds[i] = busySeconds[i]! + Math.min(end, (i + 1) * every) - Math.max(start, i * every);
  }
  return {
    rate: arrivals.map((count) => count / every),
    busy: busySeconds.map((sum) => sum / every / servers),
    response: times.map((sum, i) => sum / arrivals[i]!),
  };
}
