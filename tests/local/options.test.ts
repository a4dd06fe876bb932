import { describe, expect, it } from "vitest";
import { parseStartOptions } from "../../worker/src/local/options.ts";

describe("the options of npm start", () => {
  it("have the documented defaults", () => {
    expect(parseStartOptions([], {})).toEqual({
      host: "127.0.0.1",
      port: 8787,
      dataDirectory: ".sightline",
      agent: true,
      demo: false,
      storeOnly: false,
      features: [],
      outOfOrderWindow: null,
      duplicatePolicy: null,
      storageGB: null,
      archiveDirectory: null,
      allowOutbound: [],
      externalUrl: null,
      logFormat: "text",
    });
  });

  it("take flags over the environment", () => {
    expect(parseStartOptions(["--port", "9000"], { SIGHTLINE_PORT: "9001", SIGHTLINE_DATA_DIR: "/d" })).toMatchObject({
      port: 9000,
      dataDirectory: "/d",
    });
  });

  it("collect every --allow-outbound block", () => {
    expect(parseStartOptions(["--allow-outbound", "10.0.0.0/8", "--allow-outbound", "fd00::/8"], {})).toMatchObject({
      allowOutbound: ["10.0.0.0/8", "fd00::/8"],
    });
  });

  it("take names of receivers in a private range, which alone open nothing", () => {
    expect(parseStartOptions(["--allow-outbound", "*.Receivers.internal,10.0.0.0/8"], {})).toMatchObject({
      allowOutbound: ["receivers.internal", "10.0.0.0/8"],
    });
    expect(() => parseStartOptions(["--allow-outbound", "alertbot"], {})).toThrow(
      /alertbot: a name needs the range.*alertbot,10\.0\.0\.0\/8/,
    );
  });

  it("take features by Prometheus's names", () => {
    expect(parseStartOptions(["--enable-feature", "promql-experimental-functions"], {})).toMatchObject({
      features: ["promql-experimental-functions"],
    });
  });

  it.each([
    [["--enable-feature", "flux"], /--enable-feature flux.*promql-experimental-functions/],
    [["--port", "banana"], /--port banana.*1 to 65535/],
    [["--port", "0"], /--port 0/],
    [["--port", "65536"], /--port 65536/],
    [["--allow-outbound", "everything"], /--allow-outbound everything.*10\.0\.0\.0\/8/],
    [["--allow-outbound", "10.0.0.0/33"], /10\.0\.0\.0\/33: expected a block/],
    [["--allow-outbound", "10.0.0.1"], /10\.0\.0\.1: expected a block/],
    [["--log-format", "xml"], /--log-format xml.*text or json/],
    [["--prot", "1"], /--prot/],
  ] as const)("refuse %j in words", (argv, message) => {
    expect(() => parseStartOptions(argv, {})).toThrow(message);
  });

  it("answer --help", () => {
    expect(parseStartOptions(["--help"], {})).toBe("help");
  });

  it("take how far a sample may lie behind, and how much is kept", () => {
    expect(parseStartOptions(["--out-of-order-window", "2h", "--storage-gb", "20"], {})).toMatchObject({
      outOfOrderWindow: "2h",
      storageGB: "20",
    });
    expect(parseStartOptions(["--duplicate-policy", "first"], {})).toMatchObject({ duplicatePolicy: "first" });
    expect(() => parseStartOptions(["--duplicate-policy", "average"], {})).toThrow(
      /--duplicate-policy average: expected last, first, reject/,
    );
    expect(() => parseStartOptions(["--out-of-order-window", "soon"], {})).toThrow(/--out-of-order-window soon/);
    expect(() => parseStartOptions(["--storage-gb", "0"], {})).toThrow(/--storage-gb 0/);
  });
});
