import type { Principal, Role } from "@sightline/shared/model/principal";
import { type RequestSurroundings, authenticate, authorize } from "./authenticate.ts";
import { READER_TURNS } from "../query/reader-turns.ts";
import { refuseTooLarge } from "./body.ts";
import { enterIntake } from "./intake-gate.ts";
import { inWordsOfQuestions } from "./words-of-questions.ts";

/** Who may call a route, and whether it takes samples: writes wait for room before anything of them is read. */
export interface Entrance {
  readonly role: Role;
  readonly isWrite: boolean;
}

/** Whose write it is, as far as can be told before it is looked at. */
const senderOf = ({ tokenId }: Principal, request: Request): string => `${tokenId}:${request.headers.get("x-sightline-sender") ?? ""}`;

/** Works for whoever the request is from, if they may; a write holds its place in the isolate until the work is over. */
export async function letIn(
  request: Request,
  surroundings: RequestSurroundings,
  { role, isWrite }: Entrance,
  work: (principal: Principal) => Promise<Response>,
): Promise<Response> {
  const principal = await authenticate(request, surroundings);
  authorize(principal, role);
  if (!isWrite) return role === "viewer" ? work(principal).catch(inWordsOfQuestions) : work(principal);
  refuseTooLarge(request);
  const leave = enterIntake(request, senderOf(principal, request));
  const answered = READER_TURNS.write();
  try {
    return await work(principal);
  } finally {
    answered();
    leave();
  }
}
