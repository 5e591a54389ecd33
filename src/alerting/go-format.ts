export type Format = 'plain' | 'humanize' | 'percentage' | 'duration';

/** Formats a number as the template functions of Prometheus do: none, humanize, humanizePercentage, humanizeDuration (seconds). */
export function format(number: number, how: Format): string {
  switch (how) {
    case 'plain':
      return goFloat(number);
    case 'humanize':
      return humanize(number);
    case 'percentage':
      return `${fourDigits(number * 100)}%`;
    case 'duration':
      return humanizeDuration(number);
  }
}

/** As `%.4g` in Go */
const fourDigits = (number: number): string => goFloat(number, 4);

/** As `%g` in Go. Numbers below 1e-4 have an exponent, and so have numbers of more than `digits` integer digits (6 without `digits`). */
function goFloat(number: number, digits?: number): string {
  if (number === 0 || !Number.isFinite(number)) return String(number).replace('Infinity', 'Inf').replace(/^I/, '+I');
  const rounded = digits === undefined ? number : round(number, digits);
  const [mantissa = '', exponent = '0'] = rounded.toExponential().split('e');
  if (Number(exponent) >= -4 && Number(exponent) < (digits ?? 6)) return String(rounded);
  return `${mantissa}e${exponent.replace(/^([+-])(\d)$/, (_, sign: string, digit: string) => `${sign}0${digit}`)}`;
}

const ALL_DIGITS = 100;

/** Rounds to a number of significant digits. Ties go to the even digit, as in Go; JavaScript rounds them up. */
function round(number: number, digits: number): number {
  const [whole = '', exponent = '0'] = Math.abs(number).toExponential(ALL_DIGITS).split('e');
  const all = whole.replace('.', '');
  const isTie = /^50*$/.test(all.slice(digits)) && Number(all[digits - 1]) % 2 === 0;
  if (!isTie) return Number(number.toPrecision(digits));
  return Math.sign(number) * Number(`${all.slice(0, digits)}e${Number(exponent) - digits + 1}`);
}

function humanize(number: number): string {
  if (number === 0 || !Number.isFinite(number)) return fourDigits(number);
  const large = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'];
  const small = ['', 'm', 'u', 'n', 'p', 'f', 'a', 'z', 'y'];
  let rest = number;
  let step = 0;
  while (Math.abs(rest) >= 1000 && step < large.length - 1) {
    rest /= 1000;
    step++;
  }
  if (step > 0) return fourDigits(rest) + (large[step] ?? '');
  while (Math.abs(rest) < 1 && step < small.length - 1) {
    rest *= 1000;
    step++;
  }
  return fourDigits(rest) + (small[step] ?? '');
}

function humanizeDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || Math.abs(seconds) < 1) return `${humanize(seconds)}s`;
  const sign = seconds < 0 ? '-' : '';
  const whole = Math.floor(Math.abs(seconds));
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor(whole / 3600) % 24;
  const minutes = Math.floor(whole / 60) % 60;
  const rest = whole % 60;
  if (days > 0) return `${sign}${days}d ${hours}h ${minutes}m ${rest}s`;
  if (hours > 0) return `${sign}${hours}h ${minutes}m ${rest}s`;
  if (minutes > 0) return `${sign}${minutes}m ${rest}s`;
  return `${sign}${fourDigits(Math.abs(seconds))}s`;
}
