import { expect, test } from "vitest";
import { type DirectoryService, directoryArchive } from "../../worker/src/storage/directory-archive.ts";

const answering = (answer: () => Response): DirectoryService => ({ fetch: async () => answer() });
const KEY = "default/shard-0/rows/020700/1/1";

test("a folder that takes nothing says what may be the matter and what to do", async () => {
  for (const [answer, said] of [
    [
      () => {
        throw new Error("internal error; reference = 7a1c");
      },
      "internal error; reference = 7a1c",
    ],
    [() => new Response("read-only", { status: 405 }), "405 read-only"],
    [() => new Response(null, { status: 404 }), "404"],
  ] as const) {
    const put = directoryArchive(answering(answer)).put(KEY, new Uint8Array(1));
    await expect(put).rejects.toThrow(
      `${KEY} could not be written in the archive's folder (${said}). The folder is full, or cannot be written, or is not there: make room in it`,
    );
  }
});

test("a folder that cannot be read says so, and a file that is not there is none", async () => {
  await expect(directoryArchive(answering(() => new Response("no", { status: 500 }))).get(KEY)).rejects.toThrow(
    "could not be read (500 no)",
  );
  expect(await directoryArchive(answering(() => new Response(null, { status: 404 }))).get(KEY)).toBeNull();
});
