/** Go's case of letters, a character for a character: what would become two stays as it is. */
const one = (changed: string, char: string): string => (Array.from(changed).length === 1 ? changed : char);

/** strings.ToUpper. */
export const goUpper = (text: string): string => Array.from(text, (char) => one(char.toUpperCase(), char)).join("");

/** strings.ToLower, which knows no final sigma and leaves the I with a dot without its dot. */
export const goLower = (text: string): string => Array.from(text, (char) => Array.from(char.toLowerCase())[0] ?? char).join("");

/** Digraphs whose first letter alone grows. */
export const TITLES: Readonly<Record<string, string>> = { "\u01c6": "\u01c5", "\u01c9": "\u01c8", "\u01cc": "\u01cb", "\u01f3": "\u01f2" };
