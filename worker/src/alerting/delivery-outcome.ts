/** `refused`: this message will never be taken. `failed`: the receiver cannot be reached or is not ready. */
export type DeliveryOutcome =
  | { readonly outcome: "delivered"; readonly status?: number }
  | { readonly outcome: "refused"; readonly reason: string; readonly status?: number }
  | {
      readonly outcome: "failed";
      readonly reason: string;
      readonly status?: number;
      /** What the receiver asked for. */
      readonly retryAfterMs?: number;
      /** It answered, and only asks for patience: no sign that it is broken. */
      readonly busy?: boolean;
    };
