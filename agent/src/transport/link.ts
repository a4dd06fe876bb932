import type { Failure } from "@sightline/shared/model/result";

/** A way to carry messages to the server and back, for the length of one connection. */
export interface Link {
  send(message: Uint8Array): void;
  /** Bytes handed over that are not on the wire yet. */
  readonly bufferedBytes: number;
  close(): void;
}

export interface LinkEvents {
  readonly opened: () => void;
  readonly received: (message: Uint8Array) => void;
  /** Once; nothing follows. `status` is the HTTP status of a refusal, when there was one. */
  readonly closed: (reason: Failure & { readonly status?: number }) => void;
}

export type OpenLink = (events: LinkEvents) => Link;
