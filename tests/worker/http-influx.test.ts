import { beforeAll, describe, expect, it } from "vitest";
import { type Send, send, sendAs, tokenOf } from "./http-calls.ts";

let token: string;
let call: Send;
const now = Date.now();

beforeAll(async () => {
  token = await tokenOf("influx", "editor");
  call = sendAs(token);
});

const lines = (body: string): RequestInit => ({ method: "POST", body });

async function valueOf(query: string): Promise<string | undefined> {
  const response = await call(`/api/v1/query?query=${encodeURIComponent(query)}&time=${now / 1000}`);
  const { data } = await response.json<{ readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] } }>();
  return data.result[0]?.value[1];
}

describe("Influx line protocol over HTTP", () => {
  it("a v2 client writes with Authorization: Token", async () => {
    const response = await send("/api/v2/write?bucket=b&org=o&precision=ms", {
      ...lines(`cpu,host=a usage_idle=97.5 ${now}\n`),
      headers: { authorization: `Token ${token}` },
    });
    expect(response.status).toBe(204);
    expect(await valueOf('cpu_usage_idle{host="a"}')).toBe("97.5");
  });

  it("a v1 client asks, makes its database and writes, gzipped", async () => {
    for (const method of ["GET", "HEAD"]) {
      const ping = await call("/ping", { method });
      expect(ping.status).toBe(204);
      expect(ping.headers.get("x-influxdb-version")).toMatch(/^1\.8/);
    }
    const created = await call("/query", { method: "POST", body: new URLSearchParams({ q: 'CREATE DATABASE "telegraf"' }) });
    expect(await created.json()).toEqual({ results: [{ statement_id: 0 }] });
    expect((await call("/query?q=CREATE+DATABASE+x", { method: "POST" })).status).toBe(200);
    const body = new Blob([`mem value=5i ${Math.floor(now / 1000)}`]).stream().pipeThrough(new CompressionStream("gzip"));
    const zipped = await new Response(body).arrayBuffer();
    const response = await call("/write?db=telegraf&precision=s", {
      method: "POST",
      headers: { "content-encoding": "gzip" },
      body: zipped,
    });
    expect(response.status).toBe(204);
    expect(await valueOf("mem")).toBe("5");
  });

  it("a v1 client without a header says its token as the password in the address, at v1's addresses alone", async () => {
    const login = new URLSearchParams({ u: "telegraf", p: token }).toString();
    expect((await send(`/ping?${login}`)).status).toBe(204);
    expect((await send(`/query?q=CREATE+DATABASE+x&${login}`, { method: "POST" })).status).toBe(200);
    expect((await send(`/write?db=plant&precision=ms&${login}`, lines(`kettle heat=4 ${now}`))).status).toBe(204);
    expect(await valueOf("kettle_heat")).toBe("4");
    expect((await send("/write?u=telegraf&p=wrong", lines("kettle heat=5"))).status).toBe(401);
    expect((await send(`/api/v2/write?${login}`, lines("kettle heat=5"))).status).toBe(401);
    expect((await send(`/api/v1/query?query=kettle_heat&${login}`)).status).toBe(401);
  });

  it("the database becomes a label, unless the line says its own", async () => {
    expect((await call("/write?db=plant&precision=ms", lines(`tank level=1 ${now}\ntank,db=own level=2 ${now}`))).status).toBe(204);
    expect(await valueOf('tank_level{db="plant"}')).toBe("1");
    expect(await valueOf('tank_level{db="own"}')).toBe("2");
    expect((await call("/api/v2/write?bucket=plant&precision=ms", lines(`vat level=3 ${now}`))).status).toBe(204);
    expect(await valueOf('vat_level{db=""}')).toBe("3");
  });

  it("curl's form content type does not swallow the lines", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await call("/write?precision=ms", { ...lines(`curled value=1 ${now}`), headers })).status).toBe(204);
    expect(await valueOf("curled")).toBe("1");
  });

  it("a bad line is told by its number and the rest is kept", async () => {
    const response = await call("/api/v2/write?precision=ms", lines(`good value=1 ${now}\nbad value=\n`));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ code: "invalid", message: expect.stringMatching(/^line 2: .*The other 1 values were kept/) });
    expect(await valueOf("good")).toBe("1");
  });

  it("a sample too old is told by its line", async () => {
    expect((await call("/write?precision=ms", lines(`old value=1 ${now - 1000}`))).status).toBe(204);
    const response = await call("/write?precision=ms", lines(`old value=1 ${now}\nold value=2 ${now - 86_400_000}`));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: "invalid", message: expect.stringContaining("1 values were refused") });
  });

  it("refusals are in Influx's form", async () => {
    expect((await send("/ping")).status).toBe(401);
    for (const [path, init, status, code] of [
      ["/api/v2/write?precision=years", lines("m value=1"), 400, "invalid"],
      ["/write", { ...lines("m value=1"), headers: { "content-encoding": "br" } }, 415, "unsupported media type"],
      ["/write", { method: "PUT" }, 405, "method not allowed"],
      ["/query?q=DROP+DATABASE+x", { method: "POST" }, 400, "invalid"],
    ] as const) {
      const response = await call(path, init);
      expect(response.status).toBe(status);
      expect(await response.json()).toMatchObject({ code, message: expect.any(String) });
    }
    expect(await (await send("/write", lines("m value=1"))).json()).toMatchObject({ code: "unauthorized" });
  });
});
