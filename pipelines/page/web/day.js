// SPDX-License-Identifier: GPL-2.0-or-later
// A station's day: a row for each hour by the clock on the wall, a column for each minute.
import {fitCanvas, getInk, getRatio, observeCanvas} from './canvas.js';
import {element, setAttribute, setText} from './element.js';
import {makeSwatch} from './genres.js';
import {describeMinutes, drawMinutes} from './ribbon.js';
import {formatClock, formatMinutes, formatTime, nameVerdict} from './words.js';

const MINUTES = 60; // of an hour

export class Day {
  #nodes;
  #minutes = null;
  #rows = []; // {begin, from, to}: when the hour begins, and which of the day's minutes are in it

  // @nodes: {canvas, shares, hours, hint}
  constructor(nodes) {
    this.#nodes = nodes;
    observeCanvas(nodes.canvas, () => this.#redraw());
    nodes.canvas.addEventListener('pointermove', (event) => this.#point(event));
    nodes.canvas.addEventListener('pointerleave', () => setText(nodes.hint, ''));
  }

  show(minutes) {
    this.#minutes = minutes;
    this.#rows = splitIntoHours(minutes);
    this.#nodes.canvas.style.setProperty('--rows', String(this.#rows.length));
    this.#showShares();
    this.#showHours();
    this.#redraw();
  }

  add({minute, genre}) {
    if (!this.#minutes) return;
    this.#minutes.add(Date.parse(minute), genre);
    this.show(this.#minutes);
  }

  #showShares() {
    const counts = this.#minutes.count();
    setAttribute(this.#nodes.canvas, 'aria-label', `The last 24 hours: ${describeMinutes(counts)}`);
    this.#nodes.shares.replaceChildren(
      ...counts.map(([verdict, n]) =>
        element(
          'li',
          {},
          makeSwatch(verdict),
          `${nameVerdict(verdict)} `,
          element('span', {class: 'count'}, formatMinutes(n))
        )
      )
    );
  }

  #showHours() {
    this.#nodes.hours.replaceChildren(
      ...[...this.#rows]
        .reverse()
        .map(({from, to}) =>
          element(
            'tr',
            {},
            element('th', {scope: 'row'}, formatTime(this.#minutes.timeOf(from))),
            element('td', {}, describeMinutes(this.#minutes.count(from, to)))
          )
        )
    );
  }

  // Where the hours are on the canvas, in its pixels.
  #layOut() {
    const {width, height} = this.#nodes.canvas;
    const ratio = getRatio();
    const size = parseFloat(getComputedStyle(this.#nodes.canvas).fontSize) * ratio;
    const head = Math.round(1.5 * size); // minutes above, hours on the left
    const left = Math.round(3.2 * size);
    return {
      size,
      left,
      head,
      width: width - left,
      row: (height - head) / Math.max(1, this.#rows.length),
    };
  }

  #redraw() {
    const {canvas} = this.#nodes;
    fitCanvas(canvas);
    const context = canvas.getContext('2d');
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (!this.#minutes) return;
    const {size, left, head, width, row} = this.#layOut();
    const style = getComputedStyle(canvas);
    const ink = getInk();
    context.font = `${size}px ${style.fontFamily}`;
    context.textBaseline = 'middle';
    const step = width / MINUTES;
    context.fillStyle = style.color;
    for (const minute of [0, 15, 30, 45])
      context.fillText(`:${String(minute).padStart(2, '0')}`, left + minute * step, head / 2);
    this.#rows.forEach(({begin, from, to}, i) => {
      const y = Math.round(head + i * row);
      const height = Math.max(1, Math.round(0.78 * row));
      context.fillStyle = style.color;
      context.fillText(formatClock(begin), 0, y + height / 2);
      context.fillStyle = ink.track;
      context.fillRect(left, y, width, height);
      const first = Math.round((this.#minutes.timeOf(from) - begin) / 60000);
      drawMinutes(context, ink, this.#minutes, from, to, {
        x: left + first * step,
        y,
        width: (to - from) * step,
        height,
      });
    });
  }

  // What is under the pointer, in words.
  #point(event) {
    if (!this.#minutes) return;
    const {canvas, hint} = this.#nodes;
    const {left, head, width, row} = this.#layOut();
    const ratio = getRatio();
    const hour = this.#rows[Math.floor((event.offsetY * ratio - head) / row)];
    const minute = Math.floor(((event.offsetX * ratio - left) / width) * MINUTES);
    const place = hour
      ? hour.from + minute - Math.round((this.#minutes.timeOf(hour.from) - hour.begin) / 60000)
      : -1;
    const inside = hour && minute >= 0 && minute < MINUTES && place >= hour.from && place < hour.to;
    setText(
      hint,
      inside
        ? `${formatTime(this.#minutes.timeOf(place))} ${nameVerdict(this.#minutes.at(place))}`
        : ''
    );
  }
}

// By the local clock, which is set forward and back and need not be a whole hour from UTC; from the
// first hour on in which something was heard, and at least the last one.
function splitIntoHours(minutes) {
  const rows = [];
  for (let place = 0; place < minutes.length; place++) {
    const time = new Date(minutes.timeOf(place));
    const begin = time.getTime() - 60000 * time.getMinutes();
    const last = rows[rows.length - 1];
    if (last && last.begin === begin) last.to = place + 1;
    else rows.push({begin, from: place, to: place + 1});
  }
  const first = rows.findIndex((row) => minutes.isHeard(row.from, row.to));
  return rows.slice(first);
}
