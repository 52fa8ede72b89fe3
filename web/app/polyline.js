// Decodes a route's encoded polyline and draws it as a small picture for lists. Input that is cut or out of range gives no picture
// instead of a wrong one.
import { svg } from './dom.js';

const MAX_POINTS = 20000;

/** [[lat, lng], …], or null when the text is not a polyline. */
export function decodePolyline(text) {
  const points = [];
  const last = [0, 0];
  let at = 0;
  while (at < text.length) {
    for (let axis = 0; axis < 2; axis++) {
      let value = 0;
      let shift = 0;
      let bits;
      do {
        bits = text.charCodeAt(at++) - 63;
        if (!(bits >= 0 && bits <= 63) || shift > 25) return null;
        value |= (bits & 31) << shift;
        shift += 5;
      } while (bits >= 32);
      last[axis] += value & 1 ? ~(value >> 1) : value >> 1;
    }
    points.push([last[0] / 1e5, last[1] / 1e5]);
    if (Math.abs(last[0]) > 90e5 || Math.abs(last[1]) > 180e5 || points.length > MAX_POINTS) return null;
  }
  return points.length > 1 ? points : null;
}

const ICONS = {
  swim: ['M6 20c3 0 3-2.5 6-2.5s3 2.5 6 2.5 3-2.5 6-2.5 3 2.5 6 2.5', 'M6 26c3 0 3-2.5 6-2.5s3 2.5 6 2.5 3-2.5 6-2.5 3 2.5 6 2.5', 'M12 14l5-4 6 5'],
  run: ['M7 25h22', 'M9 21l5-6 4 3 5-8 5 4'],
  ride: ['M11 24m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0', 'M25 24m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0', 'M11 24l4-9h7l3 9M15 15l4 9'],
  other: ['M6 19h6l3-8 5 14 3-6h7'],
};

const SIZE = 36;

function frame(...content) {
  return svg('svg', { class: 'thumb', viewBox: `0 0 ${SIZE} ${SIZE}`, width: SIZE, height: SIZE, 'aria-hidden': 'true' }, content);
}

/** The route as a picture of 36 units, or the sport's sign where there is no route. */
export function thumbnail(polyline, sportFamily) {
  const points = polyline ? decodePolyline(polyline) : null;
  if (!points) return frame((ICONS[sportFamily] ?? ICONS.other).map((d) => svg('path', { d, class: 'thumb-sign' })));

  // Degrees of longitude are narrower than those of latitude away from the equator.
  const squeeze = Math.cos((points[0][0] * Math.PI) / 180);
  const flat = points.map(([lat, lng]) => [lng * squeeze, -lat]);
  const xs = flat.map((p) => p[0]);
  const ys = flat.map((p) => p[1]);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  const scale = (SIZE - 8) / (Math.max(width, height) || 1);
  const dx = (SIZE - width * scale) / 2;
  const dy = (SIZE - height * scale) / 2;
  const d = flat.map(([x, y], i) => `${i ? 'L' : 'M'}${((x - left) * scale + dx).toFixed(1)} ${((y - top) * scale + dy).toFixed(1)}`).join('');
  return frame(svg('path', { d, class: 'thumb-route' }));
}
