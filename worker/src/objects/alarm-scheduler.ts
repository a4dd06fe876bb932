/** The platform's one alarm of an object. */
export interface AlarmPort {
  setAlarm(atMs: number): Promise<void>;
}

export interface AlarmTask {
  readonly name: string;
  /** When it is due, ms; null when there is nothing to do. Asked anew after every run and on `reschedule`. */
  readonly dueAt: (nowMs: number) => number | null;
  readonly run: (nowMs: number) => Promise<void> | void;
}

/** Remembers failures over restarts: with them the time of the next try. */
export interface TaskLog {
  load(): readonly { readonly name: string; readonly retryAt: number; readonly attempts: number; readonly error: string }[];
  failed(name: string, retryAt: number, attempts: number, error: string): void;
  recovered(name: string): void;
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 300_000;
/** Two tasks this near share an alarm. */
const NEAR_MS = 50;

/**
 * Many tasks on one alarm. A task that throws is recorded, tried again with doubling waits, and never keeps others from
 * running; the alarm is armed again whatever happens.
 */
export class AlarmScheduler {
  readonly #alarm: AlarmPort;
  readonly #tasks: readonly AlarmTask[];
  readonly #log: TaskLog;
  readonly #now: () => number;
  readonly #failures = new Map<string, { retryAt: number; attempts: number; error: string }>();
  #armedAt: number | null = null;

  constructor(alarm: AlarmPort, tasks: readonly AlarmTask[], log: TaskLog, now: () => number) {
    this.#alarm = alarm;
    this.#tasks = tasks;
    this.#log = log;
    this.#now = now;
    for (const { name, retryAt, attempts, error } of log.load()) this.#failures.set(name, { retryAt, attempts, error });
  }

  /** One sentence for each task that fails at present. */
  problems(): string[] {
    return [...this.#failures].map(([name, { attempts, error }]) => `${name} failed ${attempts} times, last with: ${error}`);
  }

  /** Arms the alarm for the earliest task, unless it is armed for an earlier time already. */
  async reschedule(): Promise<void> {
    await this.rearm();
  }

  /**
   * After a sleep: `armedAt` is the alarm that was left, which asks for everything when it comes; null when there is none.
   * `again`: it is told once more, for a platform that was killed may have lost it.
   */
  async resume(armedAt: number | null, again = true): Promise<void> {
    if (armedAt === null) return this.reschedule();
    this.#armedAt = armedAt;
    if (again) await this.#alarm.setAlarm(armedAt);
  }

  /** As `reschedule`; null when there was nothing to do, which is after nearly every commit. */
  rearm(): Promise<void> | null {
    const next = this.#next(this.#now());
    if (next === null) return null;
    if (this.#armedAt !== null && this.#armedAt <= next + NEAR_MS) return null;
    this.#armedAt = next;
    return this.#alarm.setAlarm(next);
  }

  /** From the object's alarm handler. Never throws. */
  async fire(): Promise<void> {
    this.#armedAt = null;
    for (const task of this.#tasks) {
      const now = this.#now();
      const due = this.#dueAt(task, now);
      if (due === null || due > now + NEAR_MS) continue;
      try {
        await task.run(now);
        if (this.#failures.delete(task.name)) this.#log.recovered(task.name);
      } catch (error) {
        const attempts = (this.#failures.get(task.name)?.attempts ?? 0) + 1;
        const retryAt = this.#now() + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempts - 1));
        const message = error instanceof Error ? error.message : String(error);
        this.#failures.set(task.name, { retryAt, attempts, error: message });
        this.#log.failed(task.name, retryAt, attempts, message);
      }
    }
    await this.reschedule();
  }

  #dueAt(task: AlarmTask, nowMs: number): number | null {
    const due = task.dueAt(nowMs);
    return due === null ? null : Math.max(due, this.#failures.get(task.name)?.retryAt ?? 0);
  }

  #next(nowMs: number): number | null {
    let next: number | null = null;
    for (const task of this.#tasks) {
      const due = this.#dueAt(task, nowMs);
      if (due !== null && (next === null || due < next)) next = due;
    }
    return next === null ? null : Math.max(next, nowMs);
  }
}
