import { stringify } from "yaml";

/** A value as people write configuration: block style, nothing folded. */
export const yamlOf = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
