import { describe, expect, it } from "vitest";
import { mapPath, pathAgreement, pathsOfDocument } from "../../extension/src/code/source-path.ts";

describe("is a reported path the open file", () => {
  it("equal paths are", () => {
    expect(pathAgreement("/home/ann/shop/src/cart.ts", "/home/ann/shop/src/cart.ts")).toBe(Infinity);
    expect(pathAgreement("file:///home/ann/shop/src/my%20cart.ts", "/home/ann/shop/src/my cart.ts")).toBe(Infinity);
  });

  it("a path relative to the service is, when the open path ends with it", () => {
    expect(pathAgreement("src/cart.ts", "/home/ann/shop/src/cart.ts")).toBe(2);
    expect(pathAgreement("./src/cart.ts", "/home/ann/shop/src/cart.ts")).toBe(2);
  });

  it("a path in a container is, when two segments or more agree", () => {
    expect(pathAgreement("/app/src/cart.ts", "/home/ann/shop/src/cart.ts")).toBe(2);
  });

  it("only the file name in common is not enough", () => {
    expect(pathAgreement("/app/src/index.ts", "/home/ann/shop/lib/index.ts")).toBe(0);
  });

  it("Windows paths agree with their URI form", () => {
    expect(pathAgreement("C:\\work\\shop\\src\\cart.ts", "/c:/work/shop/src/cart.ts")).toBe(Infinity);
  });

  it("a mapping replaces the longest prefix that ends at a segment", () => {
    const mappings = { "/app": "${workspaceFolder}/services", "/app/shop": "${workspaceFolder}/shop" };
    expect(mapPath("/app/shop/src/cart.ts", mappings, "/home/ann")).toBe("/home/ann/shop/src/cart.ts");
    expect(mapPath("/app/bank/src/cart.ts", mappings, "/home/ann")).toBe("/home/ann/services/bank/src/cart.ts");
    expect(mapPath("/apple/src/cart.ts", mappings, "/home/ann")).toBe("/apple/src/cart.ts");
  });

  it("of several services with such a file, the one that agrees best is chosen", () => {
    const reported = ["/app/src/cart.ts", "/home/ann/shop/src/cart.ts", "bank/src/cart.ts"];
    expect([...pathsOfDocument(reported, "/home/ann/shop/src/cart.ts", {}, "/home/ann")]).toEqual(["/home/ann/shop/src/cart.ts"]);
  });

  it("a file that nothing reports has none", () => {
    expect(pathsOfDocument(["src/cart.ts"], "/home/ann/shop/src/till.ts", {}, "").size).toBe(0);
  });
});
