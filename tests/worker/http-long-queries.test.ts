import { expect, it } from "vitest";
import { READER_TURNS } from "../../worker/src/query/reader-turns.ts";
import { waitFor } from "../../worker/src/query/wait-for.ts";
import { json, sendAs, tokenOf } from "./http-calls.ts";

const LONG = Array.from({ length: 3000 }, (_, i) => `a${i}`).join(" or ");

it.each([
  ["is only to be parsed", "/api/v1/format_query", { method: "POST", body: new URLSearchParams({ query: LONG }) }, 400],
  ["is being edited", "/v1/promql/diagnostics", json("POST", { query: LONG }), 200],
  ["is to be completed", "/v1/promql/completion", json("POST", { rules: LONG, offset: 5 }), 200],
])("a long text that %s waits for its turn, a short one does not", async (_, path, request, expected) => {
  const call = sendAs(await tokenOf("long-texts", "viewer"));
  let isOver = false;
  const before = READER_TURNS.turn(waitFor, () => isOver, undefined, {});
  let isAnswered = false;
  const asked = call(path, request).then(({ status }) => {
    isAnswered = true;
    return status;
  });
  for (let i = 0; i < 20; i++) expect((await call("/api/v1/format_query?query=a%2Bb")).status).toBe(200);
  expect(isAnswered).toBe(false);
  isOver = true;
  await before;
  expect(await asked).toBe(expected);
});
