import { expect, it } from "vitest";
import { completeText, describeText, diagnoseText, editedKind } from "../../extension/src/promql/edited-text.ts";

const RULES = "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: sum(\n";

it("a rule file is told by its groups together with its name, its folder or its rules", () => {
  expect(editedKind("yaml", "/w/shop.rules.yml", RULES)).toBe("rules");
  expect(editedKind("yaml", "/w/rules/shop.yaml", "groups:\n")).toBe("rules");
  expect(editedKind("yaml", "/w/monitoring.yml", RULES)).toBe("rules");
  expect(editedKind("yaml", "/w/inventory.yml", "groups:\n  - admins\n")).toBeNull();
  expect(editedKind("yaml", "/w/shop.rules.yml", "services:\n")).toBeNull();
  expect(editedKind("json", "/w/rules.yml", RULES)).toBeNull();
  expect(editedKind("promql", "/w/a.promql", "up")).toBe("query");
});

it("offline, the language is still checked, completed and explained", async () => {
  expect((await diagnoseText("rules", RULES, null)).map(({ code }) => code)).toEqual(["parse_error"]);
  expect((await diagnoseText("query", "rate(x)", null)).map(({ code }) => code)).toEqual(["parse_error"]);
  const at = RULES.indexOf("sum(") + 2;
  expect((await completeText("rules", RULES, at, null))?.items[0]?.label).toBe("sum");
  expect((await completeText("query", "su", 2, null))?.items[0]?.label).toBe("sum");
  expect((await describeText("rules", RULES, at, null))?.title).toBe("sum by (…) (instant-vector)");
});
