/**
 * Prometheus's order of texts is that of their bytes in UTF-8, which is that of their characters. JavaScript's own is that of
 * UTF-16 units: it puts characters beyond U+FFFF, written as two surrogates, before U+E000…U+FFFF.
 */
export function compareText(a: string, b: string): number {
  const shorter = a.length < b.length ? a.length : b.length;
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x >= 0xd800 && y >= 0xd800 ? rank(x) - rank(y) : x - y;
  }
  return a.length - b.length;
}

/** Of units from U+D800 on: surrogates behind the others. */
const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit + 0x2000);

/** Sorts in place. The engine's own order, which costs less, is right for nearly all texts: a look at neighbours tells. */
export function sortTexts(texts: string[]): string[] {
  texts.sort();
  for (let i = 1; i < texts.length; i++) if (compareText(texts[i - 1] as string, texts[i] as string) > 0) return texts.sort(compareText);
  return texts;
}
