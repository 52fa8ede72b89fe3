// Time in zones as rows: name, bounds, bar, time and share. Used for a span of weeks and for one activity.
import { h } from './dom.js';
import { number, span, clock } from './format.js';

const NAMES = ['Recovery', 'Endurance', 'Tempo', 'Threshold', 'Maximum'];

function bounds(zone, unit) {
  const open = (bound) => bound === null || bound === undefined;
  if (open(zone.min) && open(zone.max)) return '';   // the parameter behind the zones is not known
  if (open(zone.max)) return `from ${number(Math.round(zone.min))} ${unit}`;
  if (open(zone.min) || zone.min === 0) return `to ${number(Math.round(zone.max))} ${unit}`;
  return `${number(Math.round(zone.min))}–${number(Math.round(zone.max))} ${unit}`;
}

export function zoneBars(zones, { unit = 'bpm', exact = false } = {}) {
  const most = Math.max(1, ...zones.map((zone) => zone.percentage ?? 0));
  return h('ol', { class: 'zones' }, zones.map((zone, index) => {
    const bar = h('span', { class: `zone-fill zone-${Math.min(zone.zone ?? index + 1, 7)}` });
    bar.style.width = `${Math.max(0, Math.min(100, ((zone.percentage ?? 0) / most) * 100))}%`;
    return h('li', null,
      h('span', { class: 'zone-name' }, h('b', null, `Z${zone.zone ?? index + 1}`), ` ${zone.name ?? NAMES[index] ?? ''}`, h('small', null, bounds(zone, unit))),
      h('span', { class: 'zone-track', 'aria-hidden': 'true' }, bar),
      h('span', { class: 'zone-time num' }, exact ? clock(zone.time) : span(zone.time)),
      h('span', { class: 'zone-share num' }, `${number(zone.percentage ?? 0)} %`));
  }));
}
