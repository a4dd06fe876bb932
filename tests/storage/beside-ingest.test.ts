import { expect, test } from "vitest";
import { pauseBeside } from "../../worker/src/query/beside-ingest.ts";
import { ReaderTurns } from "../../worker/src/query/reader-turns.ts";

/** How many turns a pause takes while a gate says this before each. */
async function turns(bytes: readonly number[]): Promise<number> {
  let turn = 0;
  const gate = {
    get bytes(): number {
      return bytes[turn - 1] ?? 0;
    },
  };
  await pauseBeside(gate, () => Promise.resolve(void turn++))();
  return turn;
}

test("a query waits until what was accepted beside it is on the disk, but not for ever", async () => {
  expect(await turns([])).toBe(1);
  expect(await turns([100, 100, 0, 100])).toBe(3);
  expect(await turns([100, 100, 100, 100, 100, 100, 100, 100])).toBe(4);
});

/** How many turns a pause takes beside a write that was let in before it and is answered in one of them. */
async function turnsBesideWrite(answeredIn: number, msEach: number): Promise<number> {
  let turn = 0;
  const readers = new ReaderTurns(() => turn * msEach);
  const answered = readers.write();
  const wait = (): Promise<void> => {
    turn++;
    if (turn === answeredIn) answered();
    return Promise.resolve();
  };
  await pauseBeside({ bytes: 0 }, wait, readers)();
  return turn;
}

test("a query computes nothing between two steps of a write that has come and has not reached its shard", async () => {
  expect(await turnsBesideWrite(1, 1)).toBe(1);
  expect(await turnsBesideWrite(3, 1)).toBe(3);
  expect(await turnsBesideWrite(9, 1)).toBe(4);
});

test("a write whose body comes slowly holds no query up", async () => {
  expect(await turnsBesideWrite(9, 15)).toBe(2);
});
