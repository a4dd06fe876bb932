import fc from "fast-check";

/**
 * Properties are tested with the same inputs on every run, so that a change and not a draw makes a test fail;
 * `TEST_SEED=n npm test` draws others, and `npm run faults` new ones each time.
 */
fc.configureGlobal({ seed: Number(process.env["TEST_SEED"] ?? 1) });
