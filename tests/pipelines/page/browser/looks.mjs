// SPDX-License-Identifier: GPL-2.0-or-later
// For every eye, hand and screen: axe, dark and light, less motion, phones and walls. Pictures are
// left in the build folder.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {
  card,
  closePage,
  eventually,
  findViolations,
  openPage,
  takePicture,
  until,
} from './browser.mjs';
import {few, findStation} from './stations.mjs';

const PHONE = {
  viewport: {width: 360, height: 780},
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};
const SCREENS = [
  ['phone', PHONE],
  ['wall', {viewport: {width: 1920, height: 1080}}],
  ['wall-4k', {viewport: {width: 3840, height: 2160}}],
];

// Both pages at once: a spectrogram takes its time until there is something to be seen.
async function openBoth(options, look) {
  const {id} = await findStation('Good');
  const views = [
    ['wall', '/'],
    ['station', `/station/${id}`],
  ];
  const open = async ([name, path]) => {
    const page = await openPage(few.url + path, options);
    await page.locator('.bars .is-first').first().waitFor();
    await until(page, () => {
      const canvas = document.querySelector('.spectrogram');
      const at = canvas.width - Math.min(Math.round(canvas.width * 0.4), 120 * devicePixelRatio);
      const {data} = canvas.getContext('2d').getImageData(at, 0, 8, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size > 20;
    });
    return [page, name];
  };
  for (const [page, name] of await Promise.all(views.map(open))) {
    await look(page, name);
    await closePage(page);
  }
}

// What is known of a song stands in one row, under its title.
async function lookAtSongs(page) {
  await page.locator('.songs tbody tr').first().waitFor();
  const rows = await page.$$eval('.songs tbody tr', (songs) =>
    songs.map((song) =>
      [...song.querySelectorAll('td')].map((cell) => Math.round(cell.getBoundingClientRect().top))
    )
  );
  for (const tops of rows) assert.equal(new Set(tops).size, 1, tops.join());
}

async function lookAt(page, picture) {
  const {wide, room} = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: innerWidth,
  }));
  assert.ok(wide <= room, `${wide} pixels in ${room}`);
  await takePicture(page, picture);
}

for (const colorScheme of ['dark', 'light'])
  for (const [screen, options] of SCREENS)
    test(`${screen}, ${colorScheme}`, () =>
      openBoth({...options, colorScheme}, async (page, name) => {
        await lookAt(page, `${name}-${screen}-${colorScheme}`);
        if (screen !== 'wall-4k') assert.deepEqual(await findViolations(page), []);
        if (screen === 'phone' && name === 'station') await lookAtSongs(page);
      }));

// Names of another model's genres, beside two that are known.
const NAMES_OF_GENRES = ['Classical', 'Hip-Hop', 'Drum & Bass', 'Alternative Rock'];

// As /api/stations has it: half of the stations tell of the song before.
async function nameAtLength() {
  const whole = await (await fetch(`${few.url}/api/stations`)).json();
  const genres = whole.genres.map((genre, place) => ({
    ...genre,
    name: NAMES_OF_GENRES[place] ?? genre.name,
  }));
  const now = new Date().toISOString();
  const stations = whole.stations.map((station, place) => ({
    ...station,
    ...{state: 'listening', since: now, lastAnswer: now, error: null, reason: null, music: 1},
    ...{genre: genres[place % 4].id, genreName: genres[place % 4].name, confidence: 1},
    final: place < 4,
  }));
  return {...whole, genres, stations};
}

// A page on which the stations of @list are what they are there, each with all of its probabilities.
async function openList(list, options) {
  const page = await openPage('about:blank', options);
  await page.route('**/api/stations', (route) => route.fulfill({json: list}));
  await page.route('**/api/events?*', async (route) => {
    const asked = new URL(route.request().url()).searchParams.get('stations').split(',');
    const events = list.stations
      .filter(({id}) => asked.includes(id))
      .map((station) => ({...station, probabilities: {[station.genre]: 1}}))
      .map((station) => `event: station\ndata: ${JSON.stringify(station)}\n\n`);
    await route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 3600000\n${events.join('')}`,
    });
  });
  return page;
}

// The numbers in @node that something is missing of.
function findCut(node) {
  const isCut = (number) => {
    const {left, right} = number.getBoundingClientRect();
    if (number.scrollWidth > number.clientWidth) return true;
    for (let holder = number.parentElement; holder !== node; holder = holder.parentElement) {
      const room = holder.getBoundingClientRect();
      // what has no box, as .live, holds nothing
      if (room.width > 0 && (left < room.left - 1 || right > room.right + 1)) return true;
    }
    return false;
  };
  return [...node.querySelectorAll('.certainty, .value')]
    .filter((number) => number.getClientRects().length > 0 && isCut(number))
    .map((number) => number.parentElement.textContent);
}

for (const [screen, options, letters] of [
  ['a wall', {viewport: {width: 1600, height: 1000}}, '100%'],
  ['a phone', PHONE, '100%'],
  ['a phone with letters of twice the size', PHONE, '200%'],
])
  for (const view of ['full', 'compact'])
    test(`no number is cut on ${view} cards of ${screen}`, async () => {
      const list = await nameAtLength();
      const page = await openList(list, options);
      await page.goto(`${few.url}/?view=${view}`);
      await page.locator('.card').first().waitFor();
      await page.evaluate((size) => {
        document.documentElement.style.fontSize = size;
      }, letters);
      const cards = page.locator('.card');
      for (let i = 0; i < list.stations.length; i++) {
        await cards.nth(i).scrollIntoViewIfNeeded();
        await cards.nth(i).locator('.music .value', {hasText: '100 %'}).waitFor();
        const {genreName, final} = list.stations[i];
        const words = await cards.nth(i).locator('.verdict').innerText();
        assert.equal(
          words.replace(/\s+/g, ' '),
          `${final ? 'before: ' : ''}${genreName} 100 %`
        );
        assert.deepEqual(await cards.nth(i).evaluate(findCut), []);
      }
      await closePage(page);
    });

test('dark is dark and light is light, and it follows while it is looked at', async () => {
  const page = await openPage('about:blank', {colorScheme: 'dark'});
  // with a new minute a ribbon would be drawn anyway
  await page.addInitScript(() => {
    const {addEventListener} = EventSource.prototype;
    EventSource.prototype.addEventListener = function (name, ...more) {
      if (name !== 'minute') addEventListener.call(this, name, ...more);
    };
  });
  await page.goto(few.url);
  const isWithin = ([least, most]) => {
    const channels = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return Math.max(...channels) > least && Math.max(...channels) < most;
  };
  await until(page, isWithin, [-1, 40]);
  await page.emulateMedia({colorScheme: 'light'});
  await until(page, isWithin, [200, 256]);
  // and so do the canvases: talk is drawn as the stylesheet has it
  await until(page, () => {
    const quiet = getComputedStyle(document.documentElement).getPropertyValue('--quiet').trim();
    const canvas = document.querySelector('.card .ribbon');
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(quiet.slice(at, at + 2), 16));
    return Array.from({length: data.length / 4}, (_, pixel) => 4 * pixel).some(
      (at) => data[at] === red && data[at + 1] === green && data[at + 2] === blue
    );
  });
  await closePage(page);
});

test('nothing is lost at 320 pixels, as wide as 400 % leave of a screen', () =>
  openBoth({viewport: {width: 320, height: 256}}, async (page) => {
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  }));

test('who wants less motion gets a spectrogram that stands still', async () => {
  const page = await openPage(few.url, {reducedMotion: 'reduce'});
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  assert.equal(
    await page
      .locator('.bar')
      .first()
      .evaluate((bar) => getComputedStyle(bar).transitionDuration),
    '0s'
  );
  // what is on the left stays there when more comes further to the right
  await until(page, () => {
    const canvas = document.querySelector('.spectrogram');
    const read = (x, width) => {
      const {data} = canvas.getContext('2d').getImageData(x, 0, width, canvas.height);
      return new Uint32Array(data.buffer);
    };
    const first = read(0, 8);
    const rest = read(80, canvas.width - 80).join();
    const before = globalThis.before ?? {};
    globalThis.before = {first: first.join(), rest};
    return new Set(first).size > 8 && before.first === first.join() && before.rest !== rest;
  });
  await closePage(page);
});

test('only the state of the connection is announced by itself', async () => {
  const page = await openPage(few.url);
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  await eventually(async () => {
    const live = await page
      .locator('[aria-live], [role=status], [role=alert], [role=log], output')
      .evaluateAll((all) => all.map((node) => [node.id, node.textContent]));
    assert.deepEqual(live, [
      ['found', ''],
      ['connection', ''],
    ]); // and what was found by who searched
  });
  await closePage(page);
});
