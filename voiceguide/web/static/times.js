// Format and parse durations.

/** Format a time as 0:05, 12:30 or 1:02:30, rounded to the nearest second. */
export function clock(seconds) {
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** Format the time left as a countdown. The last second is 0:01, and the end is 0:00. */
export function countdown(seconds) {
  return clock(Math.ceil(seconds - 0.001));
}

const UNITS = { h: 3600, m: 60, s: 1 };
const AMOUNT = /(\d+(?:[.,]\d+)?)\s*(h|m|s)[a-z]*\.?/gi;

/**
 * Parse "3:45", "1:02:30", "90s", "4 min", "1 h 5 min" or "2,5 min" to milliseconds. Digits alone, as typed on a
 * phone's numeric keypad, also work: "4" is four minutes, and "345" is 3:45. Return null if the text is not a duration.
 */
export function parseLength(written) {
  const text = written.trim().toLowerCase();
  const parts = /^(?:(\d{1,2}):)?(\d{1,3}):([0-5]?\d)$/.exec(text);
  if (parts) return 1000 * ((Number(parts[1] ?? 0) * 60 + Number(parts[2])) * 60 + Number(parts[3]));
  const keyed = /^(\d{1,2})([0-5]\d)$/.exec(text);
  if (keyed) return 1000 * (60 * Number(keyed[1]) + Number(keyed[2]));
  if (/^\d{1,2}(?:[.,]\d+)?$/.test(text)) return Math.round(60_000 * Number(text.replace(",", ".")));
  if (text.replace(AMOUNT, "").trim() || !text) return null;
  const sum = [...text.matchAll(AMOUNT)].reduce((total, [, number, unit]) => total + Number(number.replace(",", ".")) * UNITS[unit], 0);
  return Math.round(1000 * sum);
}

/** Format a length as in scripts: "4m", "90s", "1m23.472s". */
export function scriptLength(ms) {
  const [minutes, rest] = [Math.floor(ms / 60_000), (ms % 60_000) / 1000];
  return (minutes ? `${minutes}m` : "") + (rest || !minutes ? `${rest}s` : "");
}
