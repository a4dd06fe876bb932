import { describe, expect, it } from "vitest";
import { placeTimings } from "../../extension/src/code/placement.ts";
import type { CodeTiming } from "../../extension/src/code/timing.ts";

const at = (functionName: string, line: number, p95Seconds = 0.1): CodeTiming => ({
  functionName,
  line,
  p95Seconds,
  file: "src/shop.ts",
  perSecond: 1,
  errorRatio: 0,
});
const linesOf = (timings: readonly CodeTiming[], ...text: string[]) => placeTimings(timings, text.join("\n")).map(({ line }) => line);

describe("the line on which a timing is shown", () => {
  it("is the declaration of the function around the reported line", () => {
    expect(linesOf([at("checkout", 3)], "// shop", "async function checkout() {", "  return time(() => 1);", "}")).toEqual([1]);
  });

  it("is found for methods, private methods, arrows and properties", () => {
    expect(
      linesOf([at("Carts.checkout", 3)], "class Carts {", "  async checkout(cart: string): Promise<number> {", "    time();", "  }"),
    ).toEqual([1]);
    expect(
      linesOf([at("Carts.#charge", 3)], "class Carts {", "  async #charge(cents: number): Promise<void> {", "    time();", "  }"),
    ).toEqual([1]);
    expect(linesOf([at("search", 2)], "const search = async (text: string) => {", "  time();", "};")).toEqual([0]);
    expect(linesOf([at("search", 3)], "const shop = {", "  search: async (text) => {", "    time();")).toEqual([1]);
    expect(linesOf([at("handle", 2)], "def handle(request):", "    time()")).toEqual([0]);
  });

  it("is not a call of the function", () => {
    expect(linesOf([at("charge", 3)], "function charge() {", "  other();", "  charge();", "}")).toEqual([0]);
    expect(linesOf([at("charge", 2)], "if (charge()) {", "  time();", "}", "function charge() {}")).toEqual([3]);
  });

  it("follows the function when lines were added above it", () => {
    expect(linesOf([at("checkout", 1)], "// one", "// two", "function checkout() {")).toEqual([2]);
  });

  it("is the reported line for code without a name", () => {
    expect(linesOf([at("(module)", 2)], "const app = new Hono();", 'app.get("/", route);')).toEqual([1]);
    expect(linesOf([at("<anonymous>", 1)], "() => 1")).toEqual([0]);
  });

  it("is none when the file is too short for an unnamed one", () => {
    expect(linesOf([at("(module)", 9)], "one line")).toEqual([]);
  });

  it("is shared by timings of one function, the slowest first", () => {
    const [placed] = placeTimings([at("pay", 2, 0.1), at("pay", 3, 0.9)], "function pay() {\n a();\n b();\n}");
    expect(placed?.timings.map(({ line }) => line)).toEqual([3, 2]);
  });

  it("does not break on names with signs of regular expressions", () => {
    expect(linesOf([at("$pay", 1)], "function $pay() {")).toEqual([0]);
    expect(linesOf([at("a(b", 1)], "function a() {")).toEqual([0]);
  });
});
