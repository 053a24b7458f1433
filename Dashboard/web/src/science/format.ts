/** Numbers, durations and moments as people read them. All functions are pure; the locale is fixed, so that pages look alike everywhere. */

const minus = "\u2212";

/** A number with about `digits` significant digits; exponents only where plain notation would be unreadable. Absent numbers are an en dash. */
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : minus + "∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  let text: string;
  if (size >= 1e7 || size < 1e-4) {
    const [mantissa, exponent] = value.toExponential(Math.max(digits - 1, 0)).split("e") as [string, string];
    text = `${trimZeros(mantissa)}e${Number(exponent)}`;
  } else if (size >= 10 ** (digits - 1)) {
    text = groupThousands(Math.round(value));
  } else {
    text = value.toPrecision(digits);
    if (text.includes("e")) text = String(Number(text));
  }
  return text.replaceAll("-", minus);
}

/** A number without trailing zeros, for axes. */
export function short(value: number, digits = 4): string {
  return trimZeros(number(value, digits));
}

/** A whole number with thin spaces between thousands. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return groupThousands(Math.round(value)).replaceAll("-", minus);
}

/** `0.132 ± 0.006`: the error with two significant digits, the mean to the same place. */
export function estimate(mean: number | null | undefined, error: number | null | undefined): string {
  if (mean === null || mean === undefined) return "–";
  if (error === null || error === undefined || !(error > 0) || !Number.isFinite(error)) return number(mean);
  const place = Math.floor(Math.log10(error)) - 1;
  if (place < -8 || place > 6 || Math.abs(mean) >= 1e7) return `${number(mean)} ± ${number(error, 2)}`;
  const decimals = Math.max(0, -place);
  const round = (x: number) => (decimals > 0 ? x.toFixed(decimals) : String(Math.round(x / 10 ** place) * 10 ** place));
  return `${round(mean)} ± ${round(error)}`.replaceAll("-", minus);
}

export function percent(share: number | null | undefined, digits = 0): string {
  return share === null || share === undefined || !Number.isFinite(share) ? "–" : `${(100 * share).toFixed(digits)} %`;
}

/** Seconds as `42 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 0) seconds = 0;
  if (seconds < 10) return `${seconds < 0.095 && seconds > 0 ? seconds.toFixed(2) : seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

/** How long ago a moment was, seen from `now` (both in milliseconds since 1970). */
export function ago(moment: number, now: number): string {
  const seconds = Math.max(0, (now - moment) / 1000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86400)} d ago`;
}

export function bytes(size: number | null | undefined): string {
  if (size === null || size === undefined || !Number.isFinite(size)) return "–";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

/** `1 run`, `3 runs`. */
export function plural(n: number, one: string, many = one + "s"): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function groupThousands(value: number): string {
  const text = String(Math.abs(value));
  const grouped = text.length > 4 ? text.replace(/\B(?=(\d{3})+$)/g, "\u202f") : text;
  return (value < 0 ? "-" : "") + grouped;
}
