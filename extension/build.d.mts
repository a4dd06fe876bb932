/** Bundles both entries and the panel's page into `extension/dist`. */
export function buildExtension(): Promise<void>;
