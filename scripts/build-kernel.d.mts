/** Rejects with the compiler's words. */
export function buildKernels(): Promise<void>;
export function compileKernel(): Promise<WebAssembly.Module>;
export function compileBaseTier(): Promise<WebAssembly.Module>;
