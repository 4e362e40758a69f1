// SPDX-License-Identifier: GPL-2.0-or-later
// What is on the canvases, pixel by pixel.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {PATIENCE, closePage, eventually, openEmptyPage} from './browser.mjs';

const BRIGHT = '#fbf6c4', // of 255 in the dark
  DARK = '#12151b';

// In the page: canvases of a given size, and what is on them.
function bringTools(patience) {
  globalThis.makeCanvas = (width, height) => {
    const canvas = document.body.appendChild(document.createElement('canvas'));
    canvas.style.cssText = 'position: fixed; top: 0; left: 0; font-size: 10px';
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    return canvas;
  };
  // Resolves in the frame in which @what is true.
  globalThis.happens = async (what) => {
    const deadline = performance.now() + patience;
    while (!what()) {
      if (performance.now() > deadline) throw new Error(`never: ${what}`);
      await new Promise((resolve) => requestAnimationFrame(resolve));
    }
  };
  // as soon as it knows that it is @width pixels wide
  globalThis.fitted = (canvas, width) => globalThis.happens(() => canvas.width === width);
  // '#rrggbb', '' where nothing is drawn
  globalThis.readPixel = (canvas, x, y) => {
    const [red, green, blue, alpha] = canvas.getContext('2d').getImageData(x, y, 1, 1).data;
    const two = (channel) => channel.toString(16).padStart(2, '0');
    return alpha === 0 ? '' : `#${two(red)}${two(green)}${two(blue)}`;
  };
  globalThis.readRow = (canvas, y) =>
    Array.from({length: canvas.width}, (_, x) => globalThis.readPixel(canvas, x, y));
  globalThis.readColumn = (canvas, x) =>
    Array.from({length: canvas.height}, (_, y) => globalThis.readPixel(canvas, x, y));
}

async function openTools() {
  const page = await openEmptyPage();
  await page.evaluate(bringTools, PATIENCE);
  return page;
}

// In the page: a spectrogram, whose frames are drawn when they are told to be.
async function bringSpectrogram() {
  const {Spectrogram} = await import('/page/spectrogram.js');
  globalThis.makeSpectrogram = async (width, height) => {
    const canvas = globalThis.makeCanvas(width, height);
    const spectrogram = new Spectrogram(canvas);
    await globalThis.fitted(canvas, width);
    const push = (rate, ...frames) =>
      spectrogram.push({
        bands: frames[0].length,
        rate,
        data: btoa(String.fromCharCode(...frames.flat())),
      });
    return {canvas, spectrogram, push};
  };
}

test('low tones are at the bottom of a spectrogram, and the newest ones on the right', async () => {
  const page = await openTools();
  await page.evaluate(bringSpectrogram);
  const [last, before] = await page.evaluate(async () => {
    const {canvas, spectrogram, push} = await globalThis.makeSpectrogram(20, 10);
    push(10, [0, 0, 255, 0, 0], [255, 0, 0, 0, 0]);
    spectrogram.advance(0.2);
    return [19, 18].map((x) => globalThis.readColumn(canvas, x));
  });
  const column = (bright) =>
    Array.from({length: 10}, (_, row) => (bright.includes(row) ? BRIGHT : DARK));
  assert.deepEqual(last, column([8, 9]));
  assert.deepEqual(before, column([4, 5]));
  await closePage(page);
});

test('a spectrogram keeps time, and what is on it', async () => {
  const page = await openTools();
  await page.evaluate(bringSpectrogram);
  const found = await page.evaluate(async (bright) => {
    const {fitted, makeSpectrogram, readRow} = globalThis;
    const {canvas, spectrogram, push} = await makeSpectrogram(100, 4);
    const count = () => readRow(canvas, 0).filter((pixel) => pixel === bright).length;
    const frames = (n, value = 255) => Array.from({length: n}, () => [value]);
    const counts = [];
    push(10, ...frames(10));
    for (let i = 0; i < 3; i++) {
      spectrogram.advance(0.1);
      counts.push(count());
    }
    push(10, ...frames(30)); // 37 wait now, and half a second of them goes on waiting
    spectrogram.advance(0.1);
    counts.push(count());
    spectrogram.advance(1);
    counts.push(count());
    // more than a minute is not kept while nothing is drawn
    const long = await makeSpectrogram(100, 4);
    long.push(1, ...frames(40), ...frames(60, 128));
    long.spectrogram.advance(0);
    const drawn = new Set(readRow(long.canvas, 0));
    // a ring that has gone round, on a canvas that is made narrower and wider
    const ring = await makeSpectrogram(100, 4);
    ring.push(100, ...Array.from({length: 130}, (_, i) => [120 + i]));
    ring.spectrogram.advance(2);
    const before = readRow(ring.canvas, 0);
    ring.canvas.style.width = '60px';
    await fitted(ring.canvas, 60);
    const narrow = readRow(ring.canvas, 0);
    ring.canvas.style.width = '80px';
    await fitted(ring.canvas, 80);
    return {counts, drawn: [...drawn], before, narrow, wide: readRow(ring.canvas, 0)};
  }, BRIGHT);
  assert.deepEqual(found.counts, [1, 2, 3, 35, 40]);
  assert.equal(found.drawn.length, 2);
  assert.ok(!found.drawn.includes(BRIGHT), 'what is older than a minute is drawn');
  assert.ok(new Set(found.before).size > 50);
  assert.deepEqual(found.narrow, found.before.slice(40));
  assert.deepEqual(found.wide, [...Array(20).fill(DARK), ...found.narrow]);
  await closePage(page);
});

test('a spectrogram that was closed is not drawn any more', async () => {
  const page = await openTools();
  await page.evaluate(bringSpectrogram);
  const drawn = await page.evaluate(async (bright) => {
    const {makeSpectrogram, readRow} = globalThis;
    const closed = await makeSpectrogram(20, 4);
    const other = await makeSpectrogram(20, 4);
    closed.spectrogram.close();
    for (const {push} of [closed, other]) push(10, ...Array.from({length: 20}, () => [255]));
    const isDrawn = ({canvas}) => readRow(canvas, 0).includes(bright);
    // they were drawn together, this one first
    await globalThis.happens(() => isDrawn(other));
    return isDrawn(closed);
  }, BRIGHT);
  assert.equal(drawn, false);
  await closePage(page);
});

test('minutes are as high as what was heard in them', async () => {
  const page = await openTools();
  const columns = await page.evaluate(async () => {
    const {setGenres} = await import('/page/genres.js');
    const {Minutes, drawRibbon} = await import('/page/ribbon.js');
    setGenres([{id: 'jazz', name: 'Jazz'}]);
    const canvas = document.createElement('canvas');
    canvas.width = 50;
    canvas.height = 100;
    drawRibbon(canvas, new Minutes({begin: '2026-03-15T11:00:00Z', minutes: ' _-?0'}));
    return [5, 15, 25, 35, 45].map((x) => globalThis.readColumn(canvas, x));
  });
  const heights = columns.map((column) => column.filter((pixel) => pixel !== '').length);
  assert.deepEqual(heights, [0, 12, 33, 66, 100]);
  for (const column of columns.slice(1)) assert.notEqual(column[99], '');
  assert.equal(columns[4][0], '#4ec2de');
  await closePage(page);
});

test("a day has each minute in the column of the clock's minute", async () => {
  const page = await openTools();
  // 32 pixels of hours and ten for each minute, 15 of minutes and 20 for each hour
  const found = await page.evaluate(async () => {
    const {getInk} = await import('/page/canvas.js');
    const {Day} = await import('/page/day.js');
    const {setGenres} = await import('/page/genres.js');
    const {Minutes} = await import('/page/ribbon.js');
    setGenres([{id: 'jazz', name: 'Jazz'}]);
    const canvas = globalThis.makeCanvas(632, 75);
    const [shares, hours, hint] = ['ul', 'table', 'p'].map((name) =>
      document.body.appendChild(document.createElement(name))
    );
    hint.id = 'hint';
    const day = new Day({canvas, shares, hours, hint});
    // from 8:40 in Kolkata; music at 8:45 and at 9:07, the rest is talk
    const talk = (n) => '-'.repeat(n);
    const text = `${talk(5)}0${talk(21)}0${talk(72)}`;
    day.show(new Minutes({begin: '2026-03-15T03:10:00Z', minutes: text}));
    await globalThis.fitted(canvas, 632);
    const probe = document.createElement('canvas');
    const pixelOf = (colour) => {
      probe.width = 1; // which empties it
      const context = probe.getContext('2d');
      context.fillStyle = colour;
      context.fillRect(0, 0, 1, 1);
      return globalThis.readPixel(probe, 0, 0);
    };
    const names = {'#4ec2de': 'jazz', [pixelOf(getInk().track)]: 'track'};
    const ofHour = (i, y) =>
      Array.from({length: 60}, (_, minute) => {
        const pixel = globalThis.readPixel(canvas, 37 + 10 * minute, 15 + 20 * i + y);
        return names[pixel] ?? (pixel === pixelOf(getInk().quiet) ? 'talk' : pixel);
      });
    const pictures = [0, 1, 2].map((i) => ({high: ofHour(i, 2), low: ofHour(i, 14)}));
    return {pictures, rows: canvas.style.getPropertyValue('--rows')};
  });
  const hour = (from, to, at, music, rest) =>
    Array.from({length: 60}, (_, minute) => {
      if (minute < from || minute >= to) return 'track';
      return minute === at ? music : rest;
    });
  assert.equal(found.rows, '3');
  [
    [40, 60, 45],
    [0, 60, 7],
    [0, 20, -1],
  ].forEach(([from, to, at], i) => {
    assert.deepEqual(found.pictures[i].high, hour(from, to, at, 'jazz', 'track'));
    assert.deepEqual(found.pictures[i].low, hour(from, to, at, 'jazz', 'talk'));
  });
  for (const [row, minute, wanted] of [
    [0, 45, /\b08:45 Jazz$/],
    [0, 44, /\b08:44 no music$/],
    [0, 5, /^$/],
    [1, 7, /\b09:07 Jazz$/],
    [1, 8, /\b09:08 no music$/],
    [2, 19, /\b10:19 no music$/],
    [2, 20, /^$/],
  ]) {
    await page.mouse.move(37 + 10 * minute, 15 + 20 * row + 8);
    await eventually(async () => assert.match(await page.locator('#hint').textContent(), wanted));
  }
  await closePage(page);
});

test('a day begins with the first hour in which something was heard', async () => {
  const page = await openTools();
  const rows = await page.evaluate(async () => {
    const {Day} = await import('/page/day.js');
    const {Minutes} = await import('/page/ribbon.js');
    const make = (name) => document.body.appendChild(document.createElement(name));
    const canvas = globalThis.makeCanvas(632, 75);
    const nodes = {canvas, shares: make('ul'), hours: make('table'), hint: make('p')};
    const day = new Day(nodes);
    return ['-'.repeat(30), '-'.repeat(90), ''].map((heard) => {
      const minutes = heard.padStart(1440, ' ');
      day.show(new Minutes({begin: '2026-03-14T12:30:00Z', minutes})); // until 18:00 in Kolkata
      return [canvas.style.getPropertyValue('--rows'), nodes.hours.children.length];
    });
  });
  assert.deepEqual(rows, [
    ['1', 1],
    ['2', 2],
    ['1', 1],
  ]);
  await closePage(page);
});
