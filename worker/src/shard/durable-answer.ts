import type { Result } from "@sightline/shared/model/result";
import { fail, ok } from "@sightline/shared/model/result";

/** The answer once its samples are durable. */
export async function answered<T>(durable: Promise<void>, answer: T): Promise<Result<T>> {
  try {
    await durable;
  } catch (error) {
    return fail(
      "unavailable",
      `the samples could not be stored (${error instanceof Error ? error.message : String(error)}); nothing was kept, send them again`,
      1000,
    );
  }
  return ok(answer);
}
