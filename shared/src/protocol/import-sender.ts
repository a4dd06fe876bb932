/** Begins the sender of an import (`sightline import`), which ends and is not missed when it is silent. */
export const IMPORT_SENDER = "import:";
