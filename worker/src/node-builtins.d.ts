/** The few built-ins of `nodejs_compat` that the Worker uses; the whole of @types/node would shadow the platform's own globals. */
declare module "node:zlib" {
  /** Throws RangeError when more than `maxOutputLength` bytes come out, Error when the bytes are not gzip. */
  export function deflateRawSync(bytes: Uint8Array, options?: { readonly level: number; readonly finishFlush: number }): Uint8Array;
  /** Goes on from `value`. */
  export function crc32(bytes: Uint8Array, value: number): number;
  /** Throws as gunzipSync does. */
  export function inflateRawSync(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Uint8Array;
  export function gzipSync(bytes: Uint8Array, options: { readonly level: number }): Uint8Array<ArrayBuffer>;
  export function gunzipSync(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Uint8Array;
}
declare module "node:crypto" {
  interface Hash {
    update(bytes: Uint8Array | string): Hash;
    digest(encoding: "hex"): string;
  }
  export function createHash(algorithm: "sha256"): Hash;
  export function createHmac(algorithm: "sha256", key: string): Hash;
}
