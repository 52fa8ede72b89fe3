// Builds elements. Everything that is shown goes through here as text nodes and attributes, so nothing that came from outside
// (an activity's name, an insight's sentence) can become markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  add(element, children);
  return element;
}

/** Appends children: nodes as they are, the rest as text; null, undefined and false are left out; lists are flattened. */
export function add(element, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

export const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
export const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

/** Puts new content in the place of the old. */
export function replace(element, ...children) {
  element.replaceChildren();
  return add(element, ...children);
}

/** A colour or length of the style sheet, for what draws on a canvas. */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A figure with its unit set smaller: "10.60 km"; texts that are not number and unit ("1 h 05 m") stay whole. */
export function figure(text) {
  const [, value, unit] = /^([−\d.,:]+) (\/100 \w+|\D+)$/.exec(text) ?? [];
  return h('span', { class: 'figure' }, value ? [value, ' ', h('span', { class: 'unit' }, unit)] : text);
}

/** Says something to screen readers without moving the focus. */
export function announce(text) {
  const live = document.getElementById('live');
  if (live.textContent !== text) live.textContent = text;
}

/** A row of buttons of which one is pressed: [{value, label}]. */
export function segmented(label, choices, chosen, onChoose) {
  const group = h('div', { class: 'segmented', role: 'group', 'aria-label': label });
  const press = (value) => {
    for (const button of group.children) button.setAttribute('aria-pressed', String(button.dataset.value === value));
  };
  for (const choice of choices) {
    const button = h('button', { type: 'button', onclick: () => { press(choice.value); onChoose(choice.value); } }, choice.label);
    button.dataset.value = choice.value;
    group.append(button);
  }
  press(chosen);
  return group;
}
