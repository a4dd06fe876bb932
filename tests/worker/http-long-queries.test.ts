import { expect, it } from "vitest";
import { READER_TURNS } from "../../worker/src/query/reader-turns.ts";
import { waitFor } from "../../worker/src/query/wait-for.ts";
import { sendAs, tokenOf } from "./http-calls.ts";

it("a long text that is only to be parsed waits for its turn, a short one does not", async () => {
  const call = sendAs(await tokenOf("long-texts", "viewer"));
  const long = Array.from({ length: 3000 }, (_, i) => `a${i}`).join(" or ");
  let isOver = false;
  const before = READER_TURNS.turn(waitFor, () => isOver, undefined, {});
  let isParsed = false;
  const asked = call("/api/v1/format_query", { method: "POST", body: new URLSearchParams({ query: long }) }).then(({ status }) => {
    isParsed = true;
    return status;
  });
  for (let i = 0; i < 20; i++) expect((await call("/api/v1/format_query?query=a%2Bb")).status).toBe(200);
  expect(isParsed).toBe(false);
  isOver = true;
  await before;
  expect(await asked).toBe(400);
});
