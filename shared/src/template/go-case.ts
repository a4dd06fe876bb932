/** Go's case of letters, a character for a character: what would become two stays as it is. */
const one = (changed: string, char: string): string => (Array.from(changed).length === 1 ? changed : char);

/** strings.ToUpper. */
export const goUpper = (text: string): string => Array.from(text, (char) => one(char.toUpperCase(), char)).join("");

/** strings.ToLower, which knows no final sigma and leaves the I with a dot without its dot. */
export const goLower = (text: string): string => Array.from(text, (char) => Array.from(char.toLowerCase())[0] ?? char).join("");
