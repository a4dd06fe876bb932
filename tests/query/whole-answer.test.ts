import { expect, it, vi } from "vitest";
import { RoomForAnswers } from "../../worker/src/http/room-for-answers.ts";
import { wholeAnswer } from "../../worker/src/http/whole-answer.ts";

const MB = 1_048_576;

/** Room for three answers of 1 MB, and how often an answer was made. */
function room(): { answer: () => Promise<ArrayBuffer | ReadableStream<Uint8Array>>; made: () => number } {
  const room = new RoomForAnswers(() => Date.now(), 3 * MB);
  let made = 0;
  const make = async (): Promise<Uint8Array<ArrayBuffer>[]> => {
    made++;
    return [new Uint8Array(100_000).fill(1), new Uint8Array(MB - 100_000).fill(2)];
  };
  const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
  return { answer: () => wholeAnswer(make, { room, wait }), made: () => made };
}

const read = async (body: ArrayBuffer | ReadableStream<Uint8Array>): Promise<Uint8Array> =>
  new Uint8Array(await new Response(body).arrayBuffer());

it("a short answer is given as it is, a long one a piece at a time", async () => {
  const short = await wholeAnswer(async () => [Uint8Array.of(1, 2), Uint8Array.of(3)]);
  expect(short).toEqual(Uint8Array.of(1, 2, 3).buffer);
  const bytes = await read(await room().answer());
  expect([bytes.length, bytes[99_999], bytes[100_000], bytes.at(-1)]).toEqual([MB, 1, 2, 2]);
});

it("what its reader does not take is held while there is room; who finds none is answered when there is, anew", async () => {
  vi.useFakeTimers();
  const { answer, made } = room();
  const held = await Promise.all([answer(), answer(), answer()]);
  // Nobody is cut off while nobody waits.
  await vi.advanceTimersByTimeAsync(60_000);
  let isAnswered = false;
  const next = answer().then((body) => ((isAnswered = true), body));
  await vi.advanceTimersByTimeAsync(2000);
  expect([isAnswered, made()]).toEqual([true, 5]);
  const ends = await Promise.all(held.map((body) => read(body).then((bytes) => bytes.length, String)));
  expect(ends).toEqual([expect.stringContaining("The reader took nothing of the answer for 10 s"), MB, MB]);
  expect((await read(await next)).length).toBe(MB);
  vi.useRealTimers();
});

it("an answer that is being read is not cut off, and the next one waits until it is", async () => {
  vi.useFakeTimers();
  const { answer } = room();
  const readers = (await Promise.all([answer(), answer(), answer()])).map((body) => (body as ReadableStream<Uint8Array>).getReader());
  let isAnswered = false;
  const next = answer().then((body) => ((isAnswered = true), body));
  for (let piece = 0; piece < 3; piece++) {
    await vi.advanceTimersByTimeAsync(5000);
    for (const reader of readers) expect((await reader.read()).done).toBe(false);
  }
  expect(isAnswered).toBe(false);
  await readers[0]?.cancel();
  await vi.advanceTimersByTimeAsync(1000);
  expect(isAnswered).toBe(true);
  await ((await next) as ReadableStream).cancel();
  vi.useRealTimers();
});
