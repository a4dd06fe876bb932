/** Compiled from `assembly/` by `scripts/build-kernel.mjs`; hosts of Workers give it as a compiled module. */
declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
