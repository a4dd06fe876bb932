/** Where finished days are kept beyond the object: named blobs, each written as a whole. */
export interface Archive {
  put(key: string, body: Uint8Array): Promise<void>;
  /** Null when there is none. */
  get(key: string): Promise<Uint8Array | null>;
  /** Keys that begin with `prefix`, ascending. */
  list(prefix: string): Promise<readonly string[]>;
  /** Nothing where there is none. */
  delete(key: string): Promise<void>;
}

/** The few methods of an R2 bucket that an archive uses. */
export interface ArchiveBucket {
  put(key: string, value: Uint8Array): Promise<unknown>;
  get(key: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer> } | null>;
  delete(key: string): Promise<void>;
  list(options: { readonly prefix: string; readonly cursor?: string }): Promise<{
    readonly objects: readonly { readonly key: string }[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
}

/** An archive in an R2 bucket. Its methods reject as the bucket's do. */
export function bucketArchive(bucket: ArchiveBucket): Archive {
  return {
    put: async (key, body) => {
      await bucket.put(key, body);
    },
    get: async (key) => {
      const found = await bucket.get(key);
      return found === null ? null : new Uint8Array(await found.arrayBuffer());
    },
    delete: (key) => bucket.delete(key),
    list: async (prefix) => {
      const keys: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await bucket.list(cursor === undefined ? { prefix } : { prefix, cursor });
        keys.push(...page.objects.map(({ key }) => key));
        if (!page.truncated || page.cursor === undefined) return keys;
        cursor = page.cursor;
      }
    },
  };
}
