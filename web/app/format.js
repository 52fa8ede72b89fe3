// Numbers as people read them. The service speaks SI; `display` strings of an activity are preferred where they are given, and this
// module words the rest (totals, axes, evidence) in the athlete's units by the same rules: total seconds are rounded before they are split,
// so 239.6 s is 4:00 and never 3:60.

const MILE = 1609.344;
const FOOT = 0.3048;
const SLOWEST = 6000;   // seconds per unit: beyond 99:59 a pace says nothing

const grouped = new Map();
/** 1,234.5 with a true minus sign, so that columns line up. */
export function number(value, digits = 0) {
  if (!grouped.has(digits)) {
    grouped.set(digits, new Intl.NumberFormat('en-GB', { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  const rounded = Math.abs(value) < 0.5 / 10 ** digits ? 0 : value;   // never "-0"
  return grouped.get(digits).format(rounded).replace('-', '−');
}

const known = (value) => value !== null && value !== undefined && Number.isFinite(value);
const two = (value) => String(value).padStart(2, '0');

/** 4:58, 1:02:03 */
export function clock(seconds) {
  if (!known(seconds)) return '–';
  const total = Math.round(Math.abs(seconds));
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  const text = hours > 0 ? `${hours}:${two(minutes)}:${two(total % 60)}` : `${minutes}:${two(total % 60)}`;
  return seconds < 0 && total > 0 ? `−${text}` : text;
}

/** 12 h 05 m, 49 m: for sums, where seconds are noise. */
export function span(seconds) {
  if (!known(seconds)) return '–';
  const minutes = Math.round(Math.abs(seconds) / 60);
  const sign = seconds < 0 && minutes > 0 ? '−' : '';
  return minutes >= 60 ? `${sign}${number(Math.floor(minutes / 60))} h ${two(minutes % 60)} m` : `${sign}${minutes} m`;
}

export function makeFormat(units) {
  const imperial = units === 'imperial';
  const length = imperial ? MILE : 1000;
  const lengthUnit = imperial ? 'mi' : 'km';
  const heightUnit = imperial ? 'ft' : 'm';
  const toLength = (metres) => metres / length;
  const toHeight = (metres) => (imperial ? metres / FOOT : metres);
  const toSpeed = (mps) => (mps * 3600) / length;
  const toPace = (secondsPerKm) => (secondsPerKm * length) / 1000;
  const toSwimPace = (per100m) => (imperial ? per100m * 0.9144 : per100m);
  const speedUnit = imperial ? 'mph' : 'km/h';
  const swimUnit = imperial ? '/100 yd' : '/100 m';

  const distance = (metres, digits) => {
    if (!known(metres)) return '–';
    const value = toLength(metres);
    return `${number(value, digits ?? (Math.abs(value) < 100 ? 2 : 1))} ${lengthUnit}`;
  };
  const total = (metres) => {
    if (!known(metres)) return '–';
    const value = toLength(metres);
    return `${number(value, Math.abs(value) < 100 ? 1 : 0)} ${lengthUnit}`;
  };
  const height = (metres) => (known(metres) ? `${number(Math.round(toHeight(metres)))} ${heightUnit}` : '–');
  const speed = (mps) => (known(mps) ? `${number(toSpeed(mps), 1)} ${speedUnit}` : '–');
  const pace = (secondsPerKm) => (known(secondsPerKm) && toPace(secondsPerKm) < SLOWEST ? `${clock(toPace(secondsPerKm))} /${lengthUnit}` : '–');
  const swimPace = (per100m) => (known(per100m) && per100m < SLOWEST ? `${clock(toSwimPace(per100m))} ${swimUnit}` : '–');

  /** A value with the unit that the service names, as in evidence and trends. */
  const measure = (value, unit) => {
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') return value ? 'yes' : 'no';
    if (!known(value)) return '–';
    switch (unit) {
      case 'm': return Math.abs(value) >= 1000 ? total(value) : height(value);
      case 's': return clock(value);
      case 'm/s': return speed(value);
      case 's/km': return pace(value);
      case 's/100m': case 's/100 m': return swimPace(value);
      case '%': return `${number(value, Math.abs(value) < 10 ? 1 : 0)} %`;
      case null: case undefined: case '': case '1': return number(value, Number.isInteger(value) ? 0 : 1);
      default: return `${number(value, Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : 1)} ${unit}`;
    }
  };

  return { imperial, lengthUnit, heightUnit, speedUnit, swimUnit, toLength, toHeight, toSpeed, toPace, toSwimPace, distance, total, height, speed, pace, swimPace, measure };
}

// -- Days. A day of the service is a date without a zone; it is taken as UTC here and written as UTC, so no browser's zone can move it.
const style = (options) => new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', ...options });
const DAY = style({ day: 'numeric', month: 'short', year: 'numeric' });
const DAY_OF_WEEK = style({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
const SHORT = style({ day: 'numeric', month: 'short' });
const MONTH = style({ month: 'short' });
const MONTH_YEAR = style({ month: 'short', year: 'numeric' });
const TIME = style({ hour: '2-digit', minute: '2-digit' });

const asUtc = (text) => new Date(text.length === 10 ? `${text}T00:00:00Z` : text.endsWith('Z') ? text : `${text}Z`);
export const dayText = (text) => (text ? DAY.format(asUtc(text)) : '–');
export const weekdayText = (text) => (text ? DAY_OF_WEEK.format(asUtc(text)) : '–');
export const shortDay = (seconds) => SHORT.format(new Date(seconds * 1000));
export const monthText = (seconds) => MONTH.format(new Date(seconds * 1000));
export const monthYearText = (seconds) => MONTH_YEAR.format(new Date(seconds * 1000));
export const timeText = (text) => (text ? TIME.format(asUtc(text)) : '');
export const daySeconds = (text) => asUtc(text).getTime() / 1000;
export const addDays = (text, days) => new Date((daySeconds(text) + days * 86400) * 1000).toISOString().slice(0, 10);
export const daysBetween = (from, to) => Math.round((daySeconds(to) - daySeconds(from)) / 86400);
/** An instant of the service in the reader's own zone. */
export const instantText = (text) => (text
  ? new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' }).format(new Date(text))
  : '–');
