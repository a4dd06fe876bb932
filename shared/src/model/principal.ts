/** Roles of tokens, each including the ones before it except `ingest`, which may only write. */
export const ROLES = ["ingest", "viewer", "editor", "admin"] as const;
export type Role = (typeof ROLES)[number];

/** Who a request is from, once its token is known. */
export interface Principal {
  readonly project: string;
  readonly tokenId: string;
  readonly tokenName: string;
  readonly role: Role;
  /** Absent for machines. */
  readonly userId?: string;
  readonly userName?: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly timeZone: string;
  readonly contacts: readonly { readonly kind: string; readonly value: string }[];
}

/** A token without its secret. Times in ms. */
export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly user: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}
