import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { gzipAnswer, takesGzip } from "../../worker/src/http/gzip-answer.ts";

test("an answer is packed for whoever takes gzip, and for nobody who refuses it", async () => {
  for (const accepted of ["gzip", "GZIP", "gzip, deflate, br", "br;q=1.0, gzip;q=0.8, *;q=0.1", "deflate,gzip ; q=0.001", "x-gzip"])
    expect([accepted, takesGzip(accepted)]).toEqual([accepted, true]);
  for (const refused of [null, undefined, "", "identity", "gzip;q=0", "gzip; q=0.000, deflate", "br, gzip;q=0.0", "notgzip", "deflate"])
    expect([refused, takesGzip(refused)]).toEqual([refused, false]);
  const body = new TextEncoder().encode("0.123456789,".repeat(5000)).buffer;
  const packed = gzipAnswer("gzip", body, "application/json");
  expect(packed.headers.get("content-encoding")).toBe("gzip");
  expect(gunzipSync(await packed.arrayBuffer()).byteLength).toBe(body.byteLength);
  const plain = gzipAnswer("gzip;q=0", body, "application/json");
  expect([plain.headers.get("content-encoding"), (await plain.arrayBuffer()).byteLength]).toEqual([null, body.byteLength]);
});
