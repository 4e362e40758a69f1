// SPDX-License-Identifier: GPL-2.0-or-later
// A spectrogram that goes by from right to left as the music plays. Who asks for less motion gets
// one that stands still and is written over, from left to right.
import {fitCanvas, getRatio, observeCanvas, releaseCanvas} from './canvas.js';

const LATE = 1.5; // seconds that may wait to be drawn; what is older is drawn at once
const FRESH = 0.5; // seconds that are kept waiting then
const LONGEST = 60; // seconds that wait at most
const ROOMY = 600; // pixels of the stylesheet

// Lightness rises (in the dark) or falls (in the light) evenly from one to the next, so that twice
// the difference in dB looks like twice the difference.
const DARK = [
  '#12151b',
  '#1c1338',
  '#3f1758',
  '#6b2262',
  '#98335c',
  '#c24a4c',
  '#e06d38',
  '#f19a36',
  '#f6cb5d',
  '#fbf6c4',
];
const LIGHT = [
  '#fffdf8',
  '#f6e3c9',
  '#f2c7a0',
  '#eba682',
  '#de8374',
  '#c76472',
  '#a64a73',
  '#7d3672',
  '#522664',
  '#251548',
];

function makeColours(anchors) {
  const table = new Uint32Array(256);
  const bytes = new DataView(table.buffer);
  const steps = anchors.length - 1;
  const part = (colour, channel) => parseInt(colour.slice(1 + 2 * channel, 3 + 2 * channel), 16);
  for (let i = 0; i < 256; i++) {
    const at = Math.min(Math.floor((i / 255) * steps), steps - 1);
    const share = (i / 255) * steps - at;
    for (let channel = 0; channel < 3; channel++)
      bytes.setUint8(
        4 * i + channel,
        Math.round(
          part(anchors[at], channel) * (1 - share) + part(anchors[at + 1], channel) * share
        )
      );
    bytes.setUint8(4 * i + 3, 255);
  }
  return table;
}

const darkness = window.matchMedia('(prefers-color-scheme: dark)');
const stillness = window.matchMedia('(prefers-reduced-motion: reduce)');
const palettes = {dark: makeColours(DARK), light: makeColours(LIGHT)};
const all = new Set();
let last = 0;
let ticking = false;

// All of them move together, the more rarely the more there are: a wall is looked at all day.
function schedule() {
  const due = stillness.matches ? 1000 : 25 + 1.5 * all.size;
  ticking = true;
  setTimeout(() => requestAnimationFrame(tick), due);
}

function tick(now) {
  ticking = all.size > 0;
  if (!ticking) {
    last = 0;
    return;
  }
  const seconds = last === 0 ? 0 : Math.min((now - last) / 1000, 1);
  last = now;
  for (const spectrogram of all) spectrogram.advance(seconds);
  schedule();
}

function redrawAll() {
  for (const spectrogram of all) spectrogram.redraw();
}
stillness.addEventListener('change', redrawAll);

export class Spectrogram {
  #canvas;
  #context;
  #bands = 0;
  #rate = 0;
  #waiting = []; // of frames, each #bands bytes
  #credit = 0; // frames that may be drawn by now
  #kept = null; // the frames on the canvas, a ring of #columns
  #columns = 0;
  #drawn = 0; // frames so far

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', {alpha: false});
    observeCanvas(canvas, () => this.#fit());
    all.add(this);
    if (!ticking) schedule();
  }

  close() {
    releaseCanvas(this.#canvas);
    all.delete(this);
  }

  // @data: base64 of @bands bytes a frame, the lowest band first
  push({bands, rate, data}) {
    if (!(bands > 0 && bands <= 4096 && rate > 0)) return;
    if (bands !== this.#bands) {
      this.#bands = bands;
      this.#waiting = [];
      this.#fit(true);
    }
    this.#rate = rate;
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    for (let at = 0; at + bands <= bytes.length; at += bands)
      this.#waiting.push(bytes.subarray(at, at + bands));
    // of a window that is not drawn
    this.#waiting.splice(0, Math.max(0, this.#waiting.length - Math.ceil(LONGEST * rate)));
  }

  // Of a frame on the screen: a pixel of the stylesheet, two where there is much room.
  get #columnWidth() {
    const wide = this.#canvas.width / getRatio() > ROOMY ? 2 : 1;
    return Math.max(1, Math.round(wide * getRatio()));
  }

  advance(seconds) {
    if (this.#waiting.length === 0 || this.#columns === 0) {
      this.#credit = 0;
      return;
    }
    this.#credit += seconds * this.#rate;
    let n = Math.min(Math.floor(this.#credit), this.#waiting.length);
    this.#credit -= n;
    if (this.#waiting.length - n > LATE * this.#rate || stillness.matches)
      n = Math.max(
        n,
        this.#waiting.length - (stillness.matches ? 0 : Math.floor(FRESH * this.#rate))
      );
    if (n === 0) return;
    const fresh = this.#waiting.splice(0, n).slice(-this.#columns);
    for (const frame of fresh) this.#kept.set(frame, this.#bands * (this.#drawn++ % this.#columns));
    this.#draw(fresh.length);
  }

  redraw() {
    this.#paintBackground();
    this.#draw(Math.min(this.#drawn, this.#columns));
  }

  // What is on the canvas stays there if its size changes.
  #fit(anew = false) {
    const changed = fitCanvas(this.#canvas);
    const columns = Math.ceil(this.#canvas.width / this.#columnWidth);
    if (this.#bands === 0) {
      this.#paintBackground();
      return;
    }
    if (!changed && !anew && columns === this.#columns) {
      this.redraw();
      return;
    }
    const kept = new Uint8Array(columns * this.#bands);
    const n = anew ? 0 : Math.min(this.#drawn, this.#columns, columns);
    for (let i = 0; i < n; i++) {
      const at = (this.#drawn - n + i) % this.#columns;
      kept.set(this.#kept.subarray(at * this.#bands, (at + 1) * this.#bands), i * this.#bands);
    }
    this.#kept = kept;
    this.#columns = columns;
    this.#drawn = n;
    this.redraw();
  }

  #paintBackground() {
    this.#context.fillStyle = (darkness.matches ? DARK : LIGHT)[0];
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  // The last @n frames.
  #draw(n) {
    if (n === 0) return;
    if (stillness.matches) {
      this.#drawOver(n);
      return;
    }
    const {width, height} = this.#canvas;
    const wide = this.#columnWidth;
    if (n < this.#columns)
      this.#context.drawImage(
        this.#canvas,
        n * wide,
        0,
        width - n * wide,
        height,
        0,
        0,
        width - n * wide,
        height
      );
    this.#context.putImageData(this.#paint(this.#drawn - n, n), width - n * wide, 0);
  }

  #drawOver(n) {
    const wide = this.#columnWidth;
    for (let i = this.#drawn - n; i < this.#drawn; i++)
      this.#context.putImageData(this.#paint(i, 1), (i % this.#columns) * wide, 0);
    this.#context.fillStyle = (darkness.matches ? LIGHT : DARK)[0];
    this.#context.fillRect((this.#drawn % this.#columns) * wide, 0, wide, this.#canvas.height);
  }

  // A picture of the @n frames from @first on. Of bands that share a row the loudest is seen.
  #paint(first, n) {
    const wide = this.#columnWidth;
    const height = this.#canvas.height;
    const image = new ImageData(n * wide, height);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = darkness.matches ? palettes.dark : palettes.light;
    const bands = this.#bands;
    for (let row = 0; row < height; row++) {
      const begin = Math.floor(((height - 1 - row) * bands) / height);
      const end = Math.max(begin + 1, Math.floor(((height - row) * bands) / height));
      for (let i = 0; i < n; i++) {
        const frame = ((first + i) % this.#columns) * bands;
        let value = 0;
        for (let band = begin; band < end; band++)
          value = Math.max(value, this.#kept[frame + band]);
        pixels.fill(colours[value], row * n * wide + i * wide, row * n * wide + (i + 1) * wide);
      }
    }
    return image;
  }
}
