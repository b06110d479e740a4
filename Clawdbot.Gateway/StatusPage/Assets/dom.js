// The few moves every part of the page makes on the document. Data enters it as text only, never as markup.

export const byId = id => document.getElementById(id);

/** Writes only what changed: a live region would speak again at each write, and a selection would be lost. */
export function setText(node, text) {
  const wanted = String(text);
  if (node.textContent !== wanted) node.textContent = wanted;
}

/** Like setText, but no short name is torn apart at its hyphen: "local-" at a line's end reads as a broken word. */
export function setSentence(node, text) {
  if (node.textContent === text) return;
  const parts = text.split(/([^\s-]+-\S+)/);
  node.replaceChildren(...parts.map((part, index) => (index % 2 === 1 && part.length <= 24 ? element('span', part, 'whole') : part)));
}

export function setIcon(use, state) {
  use.setAttribute('href', `#icon-${document.getElementById(`icon-${state}`) ? state : 'Gone'}`);
}

export function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

/** The copy of a template together with its parts, by the name in data-slot. */
export function stamp(templateId) {
  const node = byId(templateId).content.firstElementChild.cloneNode(true);
  const parts = Object.fromEntries([...node.querySelectorAll('[data-slot]')].map(part => [part.dataset.slot, part]));
  return { node, parts };
}

/** Unlike `disabled`, this keeps the focus where a keyboard user left it. Handlers must ask `isOff`. */
export function setOff(button, off) {
  if (off) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
}

export const isOff = button => button.getAttribute('aria-disabled') === 'true';
