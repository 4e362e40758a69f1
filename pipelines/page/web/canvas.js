// SPDX-License-Identifier: GPL-2.0-or-later
// Canvases of as many pixels as the screen has there. Their sizes are told by one observer for all
// of them: asking each for its size would lay out the page anew for each.

const sizes = new WeakMap(); // {width, height} in the pixels of the screen
const handlers = new Map();

const observer = new ResizeObserver((entries) => {
  const ratio = getRatio();
  for (const {target, contentRect} of entries)
    sizes.set(target, {
      width: Math.max(1, Math.round(contentRect.width * ratio)),
      height: Math.max(1, Math.round(contentRect.height * ratio)),
    });
  for (const {target} of entries) handlers.get(target)?.();
});

export function getRatio() {
  return window.devicePixelRatio || 1;
}

// Calls @redraw as soon as the size is known, whenever it changes, and when colours do.
export function observeCanvas(canvas, redraw) {
  handlers.set(canvas, redraw);
  observer.observe(canvas);
}

export function releaseCanvas(canvas) {
  handlers.delete(canvas);
  observer.unobserve(canvas);
}

// TRUE if that changed, and so emptied it. Before its size is known nothing happens.
export function fitCanvas(canvas) {
  const {width, height} = sizes.get(canvas) ?? canvas;
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

const darkness = window.matchMedia('(prefers-color-scheme: dark)');
let ink = null;

// What the stylesheet says about colours.
export function getInk() {
  if (!ink) {
    const style = getComputedStyle(document.documentElement);
    const read = (name) => style.getPropertyValue(name).trim();
    ink = {quiet: read('--quiet'), track: read('--track')};
  }
  return ink;
}
darkness.addEventListener('change', () => {
  ink = null;
  for (const redraw of handlers.values()) redraw();
});
