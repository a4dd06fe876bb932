import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { type Archive, bucketArchive } from "../../worker/src/storage/archive.ts";
import { directoryArchive } from "../../worker/src/storage/directory-archive.ts";

interface Bindings {
  readonly TEST_BUCKET: R2Bucket;
  /** workerd's disk service over a folder of its own. */
  readonly TEST_DIRECTORY: Fetcher;
}
const bindings = env as unknown as Bindings;

/** What is put is found again, lists come whole and in order, what is deleted is gone. */
async function behaves(archive: Archive): Promise<void> {
  for (const key of ["a/3", "a/1", "b/1/x", "a/2"]) await archive.put(key, new TextEncoder().encode(key));
  expect(await archive.list("a/")).toEqual(["a/1", "a/2", "a/3"]);
  expect(await archive.list("b/")).toEqual(["b/1/x"]);
  expect(await archive.list("none/at/all/")).toEqual([]);
  expect(new TextDecoder().decode((await archive.get("b/1/x")) ?? new Uint8Array())).toBe("b/1/x");
  expect(await archive.get("c")).toBeNull();
  await archive.put("a/2", new Uint8Array(3));
  expect(await archive.get("a/2")).toEqual(new Uint8Array(3));
  await archive.delete("b/1/x");
  await archive.delete("b/1/x");
  expect(await archive.get("b/1/x")).toBeNull();
}

test("a folder behind workerd's disk service is an archive, and says why when it cannot be written", async () => {
  await behaves(directoryArchive(bindings.TEST_DIRECTORY));
  await expect(directoryArchive(bindings.TEST_DIRECTORY).put("a/.hidden", new Uint8Array(1))).rejects.toThrow(
    /a\/\.hidden could not be written.*403/,
  );
});

test("an R2 bucket is an archive", async () => {
  const bucket = bindings.TEST_BUCKET;
  await behaves(bucketArchive(bucket));
  const pages = bucketArchive({
    ...bucket,
    put: bucket.put.bind(bucket),
    get: bucket.get.bind(bucket),
    delete: bucket.delete.bind(bucket),
    list: (options) => bucket.list({ ...options, limit: 2 }),
  });
  expect(await pages.list("a/")).toEqual(["a/1", "a/2", "a/3"]);
});
