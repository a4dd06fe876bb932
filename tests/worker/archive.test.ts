import { env } from "cloudflare:test";
import { expect, test } from "vitest";
import { bucketArchive } from "../../worker/src/storage/archive.ts";

test("an R2 bucket is an archive: what is put is found again, lists come whole and in order", async () => {
  const bucket = (env as unknown as { readonly TEST_BUCKET: R2Bucket }).TEST_BUCKET;
  const archive = bucketArchive(bucket);
  for (const key of ["a/3", "a/1", "b/1", "a/2"]) await archive.put(key, new TextEncoder().encode(key));
  expect(await archive.list("a/")).toEqual(["a/1", "a/2", "a/3"]);
  expect(new TextDecoder().decode((await archive.get("b/1")) ?? new Uint8Array())).toBe("b/1");
  expect(await archive.get("c")).toBeNull();
  const pages = bucketArchive({
    ...bucket,
    put: bucket.put.bind(bucket),
    get: bucket.get.bind(bucket),
    list: (options) => bucket.list({ ...options, limit: 2 }),
  });
  expect(await pages.list("a/")).toEqual(["a/1", "a/2", "a/3"]);
});
