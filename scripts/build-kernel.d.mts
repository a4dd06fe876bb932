/** Resolves with the module's path. Rejects with the compiler's words. */
export function buildKernel(): Promise<string>;
export function compileKernel(): Promise<WebAssembly.Module>;
