import { expect, test } from "vitest";
import { pauseBeside } from "../../worker/src/query/beside-ingest.ts";

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
