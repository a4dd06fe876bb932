/** Go's texts of floats to the base of two (strconv: `%b` and `%x`): mantissa and power. */
const MANTISSA_BITS = 52n;
const ONE = 1n << MANTISSA_BITS;
const BIAS = 1075;

/** Of a finite float: mantissa × 2^power, as it is stored. */
function partsOf(value: number): { readonly sign: string; readonly mantissa: bigint; readonly power: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const stored = Number((word >> MANTISSA_BITS) & 0x7ffn);
  const fraction = word & (ONE - 1n);
  return { sign: word >> 63n === 1n ? "-" : "", mantissa: stored === 0 ? fraction : fraction | ONE, power: Math.max(stored, 1) - BIAS };
}

const signed = (power: number, digits: number): string => `${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(digits, "0")}`;

/** `%b`: `4503599627370496p-52`. */
export function binaryText(value: number): string {
  const { sign, mantissa, power } = partsOf(value);
  return `${sign}${mantissa}p${signed(power, 1)}`;
}

/** `%x`: `0x1.8p+00`, to `places` hexadecimal digits, to the even one of two as near; all that are needed when absent. */
export function hexText(value: number, places?: number): string {
  const { sign, mantissa: given, power: at } = partsOf(value);
  if (given === 0n) return `${sign}0x0${places === undefined || places === 0 ? "" : `.${"0".repeat(places)}`}p+00`;
  let [mantissa, power] = [given, at + Number(MANTISSA_BITS)];
  for (; mantissa < ONE; power--) mantissa <<= 1n;
  if (places !== undefined && places < 13) {
    const unit = 1n << BigInt(52 - places * 4);
    const [down, rest] = [mantissa / unit, mantissa % unit];
    mantissa = (rest * 2n > unit || (rest * 2n === unit && down % 2n === 1n) ? down + 1n : down) * unit;
    if (mantissa >= 2n * ONE) {
      mantissa >>= 1n;
      power++;
    }
  }
  const all = (mantissa - ONE).toString(16).padStart(13, "0");
  const digits = places === undefined ? all.replace(/0+$/, "") : all.padEnd(places, "0").slice(0, places);
  return `${sign}0x1${digits === "" ? "" : `.${digits}`}p${signed(power, 2)}`;
}
