import { mkdtempSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { buildKernels } from "./scripts/build-kernel.mjs";

// The Worker imports it, however the tests are started.
await buildKernels();

/** Where the tests of the archive in a folder write; the system clears it. */
const archiveFolder = { disk: { path: mkdtempSync(join(tmpdir(), "sightline-archive-")), writable: true } };

export default defineConfig({
  test: {
    // A file mostly waits for a server of its own: of two cores, too, none is left to others.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "node",
          include: ["tests/**/*.test.ts"],
          exclude: ["tests/worker/**", "tests/e2e/**", "tests/faults/**", "**/node_modules/**"],
          setupFiles: ["tests/support/same-inputs.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: { bindings: { PROFILE: "local" }, r2Buckets: ["TEST_BUCKET"], serviceBindings: { TEST_DIRECTORY: archiveFolder } },
          }),
        ],
        test: { name: "workerd", include: ["tests/worker/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
      },
    ],
  },
});
