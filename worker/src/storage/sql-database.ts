export type SqlValue = string | number | null | ArrayBuffer | Uint8Array;

/**
 * The synchronous SQL port every core is written against; one adapter for Durable Object storage, one for node:sqlite
 * in tests. Statements are single; parameters are positional `?`. Blobs come back as Uint8Array.
 */
export interface SqlDatabase {
  all<Row extends Record<string, SqlValue>>(sql: string, ...params: SqlValue[]): Row[];
  run(sql: string, ...params: SqlValue[]): void;
  /** All or nothing; nested calls join the outer transaction. An exception undoes everything and is rethrown. */
  transaction<T>(body: () => T): T;
  readonly sizeBytes: number;
}
