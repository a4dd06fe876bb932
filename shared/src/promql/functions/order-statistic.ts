/** Few values are in order sooner than they are parted. */
const FEW = 12;

/**
 * Parts `values[0 … n)`, which holds no NaN, so that values[k] is what it were in ascending order, with none greater before
 * it and none less after it (Hoare, "Algorithm 65: find", 1961, with the median of three as the pivot).
 */
export function partAt(values: Float64Array, n: number, k: number): void {
  let left = 0;
  let right = n - 1;
  // Where pivots do badly again and again, sorting bounds the time.
  for (let rounds = 0; right - left > FEW && rounds < 64; rounds++) {
    const pivot = medianOf(values[left] as number, values[(left + right) >>> 1] as number, values[right] as number);
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[i] as number) < pivot) i++;
      while ((values[j] as number) > pivot) j--;
      if (i > j) break;
      const value = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = value;
    }
    if (k <= j) right = j;
    else if (k >= i) left = i;
    else return;
  }
  values.subarray(left, right + 1).sort();
}

function medianOf(a: number, b: number, c: number): number {
  if (a < b) return b < c ? b : a < c ? c : a;
  return a < c ? a : b < c ? c : b;
}
