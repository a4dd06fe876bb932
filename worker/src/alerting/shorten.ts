/** At most `max` characters; what is left out is said, in words, at the end. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const tail = (left: number): string => `… (${left} characters left out)`;
  const room = max - tail(text.length).length;
  if (room < 1) return text.slice(0, max);
  // Not between the halves of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(room - 1)) ? room - 1 : room;
  return text.slice(0, end) + tail(text.length - end);
}

/** The longest beginning of `text`, shortened in words, with which `fits`. */
export function shortenToFit(text: string, fits: (text: string) => boolean): string {
  let shown = text;
  for (let max = text.length; !fits(shown) && max > 100; max = Math.floor(max * 0.8)) shown = shorten(text, max);
  return shown;
}
