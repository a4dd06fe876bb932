import { expect, test } from "vitest";
import { authenticate, createToken, listTokens, noteTokenUse } from "../../worker/src/project/tokens.ts";
import { ADMIN, projectInMemory } from "./project-in-memory.ts";

test("who a token belongs to is read without a write, so that a full disk can be asked; its use is noted beside, once a minute", () => {
  const { ports, clock } = projectInMemory();
  const made = createToken(ports, ADMIN, { name: "grafana", role: "viewer" });
  if (!made.ok) throw new Error(made.error.message);
  const hash = ports.sha256(made.value.token);
  ports.database.run("PRAGMA query_only = ON");
  expect(authenticate(ports, hash)).toMatchObject({ principal: { role: "viewer" }, useDue: true });
  ports.database.run("PRAGMA query_only = OFF");
  noteTokenUse(ports, made.value.id);
  expect(listTokens(ports)[0]?.lastUsedAt).toBe(clock.now);
  expect(authenticate(ports, hash)?.useDue).toBe(false);
  clock.now += 60_000;
  expect(authenticate(ports, hash)?.useDue).toBe(true);
});
