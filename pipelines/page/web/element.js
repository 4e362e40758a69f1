// SPDX-License-Identifier: GPL-2.0-or-later
// Elements of the page. Text is always text: nothing here reads markup.

// element('p', {class: 'title'}, 'text', otherElement)
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

// Writes only what is new: unchanged text costs neither layout nor a screen reader's attention.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setAttribute(node, attribute, value) {
  if (node.getAttribute(attribute) !== value) node.setAttribute(attribute, value);
}
