// SPDX-License-Identifier: GPL-2.0-or-later
// Minutes as a ribbon: music fills its height in the genre's colour; what is no music is told by
// its height, too, so that it takes no eye for greys.
import {fitCanvas, getInk} from './canvas.js';
import {colourOf, readMinute} from './genres.js';
import {formatMinutes, nameVerdict} from './words.js';

const HEIGHTS = {'unknown': 0.66, 'no music': 0.33, 'silence': 0.12};

export class Minutes {
  // @day: {begin, minutes} as the server tells them
  constructor(day) {
    this.begin = Date.parse(day.begin);
    this.text = day.minutes;
  }

  get length() {
    return this.text.length;
  }

  timeOf(place) {
    return this.begin + 60000 * place;
  }

  at(place) {
    return readMinute(this.text[place]);
  }

  isHeard(from, to) {
    return this.text.slice(from, to).trim() !== '';
  }

  // A minute is complete: the oldest one goes. One that is known is replaced.
  add(time, character) {
    const place = Math.round((time - this.begin) / 60000);
    if (place < 0) return;
    const beyond = Math.min(place - this.length + 1, this.length);
    if (beyond > 0) {
      this.text = this.text.slice(beyond) + ' '.repeat(beyond);
      this.begin = time - 60000 * (this.length - 1);
    }
    const at = Math.round((time - this.begin) / 60000);
    this.text = this.text.slice(0, at) + character + this.text.slice(at + 1);
  }

  // [verdict, minutes], the most frequent first, what was not heard last.
  count(from = 0, to = this.length) {
    const counts = new Map();
    for (let place = from; place < to; place++) {
      const verdict = this.at(place);
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => (a[0] === null) - (b[0] === null) || b[1] - a[1]);
  }
}

export function describeMinutes(counts) {
  return counts.map(([verdict, n]) => `${nameVerdict(verdict)} ${formatMinutes(n)}`).join(', ');
}

// The minutes from @from to @to of @minutes in the rectangle, one beside the other.
export function drawMinutes(context, ink, minutes, from, to, {x, y, width, height}) {
  const step = width / (to - from);
  for (let place = from; place < to; place++) {
    const verdict = minutes.at(place);
    const left = Math.round(x + (place - from) * step);
    const right = Math.round(x + (place - from + 1) * step);
    if (verdict === null) continue;
    const tall = Math.max(1, Math.round(height * (HEIGHTS[verdict] ?? 1)));
    context.fillStyle = colourOf(verdict) ?? ink.quiet;
    context.fillRect(left, y + height - tall, right - left, tall);
  }
}

export function drawRibbon(canvas, minutes) {
  fitCanvas(canvas);
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, canvas.width, canvas.height);
  drawMinutes(context, getInk(), minutes, 0, minutes.length, {
    x: 0,
    y: 0,
    width: canvas.width,
    height: canvas.height,
  });
}
