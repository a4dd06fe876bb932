import { describe, expect, test } from "vitest";
import { GroupCommit } from "../../worker/src/shard/group-commit.ts";

/** A group commit whose waits end when the test says so. */
function grouped() {
  const waits: (() => void)[] = [];
  const seen = { commits: 0, waited: 0 };
  const asked: number[] = [];
  const commits = new GroupCommit(
    () => void seen.commits++,
    (ms) => {
      seen.waited++;
      asked.push(ms);
      return new Promise((resolve) => waits.push(resolve));
    },
  );
  const endWaits = (): void => {
    for (const end of waits.splice(0)) end();
  };
  /** Requests that come within one wait. */
  const round = async (members: number, waitMs = 1): Promise<void> => {
    const all = Array.from({ length: members }, () => commits.durable(waitMs));
    endWaits();
    await Promise.all(all);
  };
  return { seen, asked, round, durable: (waitMs: number) => commits.durable(waitMs) };
}

describe("a group commit", () => {
  test("writes once for all who came while it waited", async () => {
    const { seen, round } = grouped();
    await round(4);
    await round(4);
    expect(seen).toEqual({ commits: 2, waited: 2 });
  });

  test("waits for nobody where nobody came eight times, and looks again every sixteenth time", async () => {
    const { seen, round } = grouped();
    for (let i = 0; i < 8; i++) await round(1);
    expect(seen).toEqual({ commits: 8, waited: 8 });
    for (let i = 0; i < 32; i++) await round(1);
    expect(seen).toEqual({ commits: 40, waited: 10 });
  });

  test("still writes once for what one turn brings, and waits again once there is company", async () => {
    const { seen, round } = grouped();
    for (let i = 0; i < 8; i++) await round(1);
    await round(3);
    expect(seen).toEqual({ commits: 9, waited: 8 });
    // A look finds company.
    for (let i = 0; i < 15; i++) await round(2);
    const { waited } = seen;
    await round(2);
    await round(2);
    expect(seen.waited).toBe(waited + 2);
  });

  test("closes as soon as as many have come as came at most lately, and waits eight times as long for them", async () => {
    const { asked, round, durable } = grouped();
    for (let i = 0; i < 8; i++) await round(i === 5 ? 4 : 2);
    await Promise.all([durable(1), durable(1), durable(1), durable(1)]);
    expect(asked).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 8]);
  });

  test("expects in company whoever came along", async () => {
    const { asked, round, durable } = grouped();
    for (let i = 0; i < 8; i++) await round(2);
    // The third comes in the turn in which two were enough.
    await round(3);
    const all = [durable(1), durable(1), durable(1)];
    await Promise.all(all);
    await round(2);
    expect(asked.slice(8)).toEqual([8, 8, 8]);
  });

  test("expects fewer after eight rounds that waited for one who is gone", async () => {
    const { asked, round, durable } = grouped();
    for (let i = 0; i < 8; i++) await round(4);
    for (let i = 0; i < 8; i++) await round(3);
    await Promise.all([durable(1), durable(1), durable(1)]);
    expect(asked.slice(8)).toEqual([8, 8, 8, 8, 8, 8, 8, 8, 8]);
  });

  test("always waits as long as rows are what costs", async () => {
    const { seen, round } = grouped();
    for (let i = 0; i < 12; i++) await round(1, 2000);
    expect(seen.waited).toBe(12);
  });

  test("that fails, fails for all of its round and no other", async () => {
    let broken = true;
    const commits = new GroupCommit(
      () => {
        if (broken) throw new Error("disk I/O error");
      },
      () => Promise.resolve(),
    );
    const [one, other] = [commits.durable(1), commits.durable(1)];
    await expect(one).rejects.toThrow("disk");
    await expect(other).rejects.toThrow("disk");
    broken = false;
    await expect(commits.durable(1)).resolves.toBeUndefined();
  });
});
