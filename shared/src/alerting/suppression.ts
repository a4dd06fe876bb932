/** Which alerts are only the consequence of another, while that other says that something is down. */
import { type Located, type Topology, meansDown, subjectOf } from "./topology.ts";

/** Alerts about one name that are looked at; the earliest say enough. */
const PER_NAME = 20;

interface Found {
  readonly cause: Located;
  readonly how: string;
}

export class Suppression {
  readonly #topology: Topology;
  /** By what is gone, earliest first: asking for one alert costs its own dependencies, however many alerts fire. */
  readonly #down = new Map<string, Located[]>();
  /** Alerts that others follow from and that are told, though they follow from others in a circle. */
  readonly #firstOfCircle = new Map<string, boolean>();

  /** `firing`: alerts that may be causes, in any order. */
  constructor(topology: Topology, firing: readonly Located[]) {
    this.#topology = topology;
    for (const cause of firing.filter(meansDown).toSorted(earlierFirst)) {
      for (const name of topology.standsFor(subjectOf(cause.labels))) {
        const known = this.#down.get(name);
        if (known === undefined) this.#down.set(name, [cause]);
        else if (known.length < PER_NAME) known.push(cause);
      }
    }
  }

  /** Why people need not be told of `alert`: what it stands on is down, and another alert says so; null when nothing is. */
  suppressor(alert: Located): { readonly cause: Located; readonly reason: string } | null {
    const found = this.#causeOf(alert);
    if (found === null || this.#isFirstOfCircle(alert)) return null;
    return { cause: found.cause, reason: `${found.how}, and ${found.cause.name} says that this is down` };
  }

  #causeOf(alert: Located): Found | null {
    if (this.#down.size === 0) return null;
    const { host, isHost, service } = subjectOf(alert.labels);
    if (isHost) return null;
    const names = [...(host === undefined ? [] : [host]), ...(service === undefined ? [] : this.#topology.reach(service).keys())];
    for (const name of names) {
      for (const cause of this.#down.get(name) ?? []) {
        const how = this.#topology.explains(cause, alert);
        if (how !== null) return { cause, how };
      }
    }
    return null;
  }

  /**
   * Going from each alert to its cause ends at one that has none, or in a circle of things that need each other; of a
   * circle the alert that was first is told. So whatever is held, something that leads to it is not.
   */
  #isFirstOfCircle(alert: Located): boolean {
    const known = this.#firstOfCircle.get(alert.id);
    if (known !== undefined) return known;
    const path: Located[] = [];
    const places = new Map<string, number>();
    let next: Located | undefined = alert;
    while (next !== undefined && !places.has(next.id)) {
      if (this.#firstOfCircle.has(next.id)) break;
      places.set(next.id, path.length);
      path.push(next);
      next = this.#causeOf(next)?.cause;
    }
    const start = next === undefined ? undefined : places.get(next.id);
    const [first] = start === undefined ? [] : path.slice(start).toSorted(earlierFirst);
    for (const { id } of path) this.#firstOfCircle.set(id, id === first?.id);
    return this.#firstOfCircle.get(alert.id) ?? false;
  }
}

const earlierFirst = (left: Located, right: Located): number =>
  (left.firedAt ?? 0) - (right.firedAt ?? 0) || (left.id < right.id ? -1 : left.id > right.id ? 1 : 0);
