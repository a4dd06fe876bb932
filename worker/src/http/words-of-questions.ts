import { HttpFailure } from "./http-failure.ts";

const KEPT = / Nothing was (?:kept|changed)(?:[;:] ([^.]*))?\./;

/** Throws what a request that only asks has thrown: it keeps and changes nothing, and cannot be sent in parts. */
export function inWordsOfQuestions(error: unknown): never {
  if (!(error instanceof HttpFailure)) throw error;
  const { code, message, retryAfterMs } = error.failure;
  const words = message.replace(KEPT, (_kept, advice?: string) => {
    if (advice === undefined) return "";
    return advice.startsWith("try again") ? ` T${advice.slice(1)}.` : " Ask for less at once, such as with fewer selectors.";
  });
  throw new HttpFailure(code, words, { headers: error.headers, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}
