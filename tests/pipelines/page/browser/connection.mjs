// SPDX-License-Identifier: GPL-2.0-or-later
// genre-radio goes away and comes back.
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {createServer, request} from 'node:http';
import {test} from 'node:test';
import {card, closePage, eventually, openPage, until} from './browser.mjs';
import {Radio} from './radio.mjs';
import {few} from './stations.mjs';

// Stands between a page and few. @streams: those of events that went through it.
class Between {
  streams = [];
  isOld = false; // as a genre-radio whose streams do not say that they are alive

  async start() {
    this.server = createServer((asked, answer) => this.#pass(asked, answer));
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  #pass(asked, answer) {
    const [host, port] = few.address.split(':');
    const headers = {...asked.headers, host: few.address};
    const passed = request({host, port, path: asked.url, headers}, (found) => {
      answer.writeHead(found.statusCode, found.headers);
      if (asked.url.startsWith('/api/events')) this.#passEvents(found, answer);
      else found.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    passed.end();
  }

  #passEvents(found, answer) {
    this.streams.push(found);
    found.setEncoding('latin1');
    found.on('data', (text) => {
      answer.write(this.isOld ? text.replaceAll('event: alive', 'event: old') : text, 'latin1');
    });
  }

  // As a network that has forgotten a connection: nothing more comes, and nobody says so.
  mute() {
    for (const stream of this.streams) stream.removeAllListeners('data');
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

test('a stream that has broken off without a word is asked for again', async (context) => {
  const between = new Between();
  await between.start();
  context.after(() => between.stop());
  const page = await openPage('about:blank');
  // the timers that doubt a stream go off when the test says so
  await page.addInitScript(() => {
    const {setTimeout, clearTimeout} = globalThis;
    globalThis.doubts = new Map();
    globalThis.setTimeout = (work, wait, ...more) => {
      if (wait !== 40000) return setTimeout(work, wait, ...more);
      const timer = setTimeout(() => 0, wait);
      globalThis.doubts.set(timer, work);
      return timer;
    };
    globalThis.clearTimeout = (timer) => {
      globalThis.doubts.delete(timer);
      clearTimeout(timer);
    };
  });
  await page.goto(between.url);
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  // each event begins the time anew
  const heard = await page.evaluate(() => Math.max(...globalThis.doubts.keys()));
  await until(
    page,
    (before) => {
      const timers = [...globalThis.doubts.keys()];
      return timers.length === 1 && timers[0] > before;
    },
    heard
  );
  between.mute();
  const before = between.streams.length;
  const told = await page.evaluate(() => {
    const work = [...globalThis.doubts.values()];
    globalThis.doubts.clear();
    work[0]();
    return document.getElementById('connection').textContent;
  });
  assert.equal(told, 'Connection to genre-radio lost, trying again');
  await page
    .locator('#connection', {hasText: /^(Connected to genre-radio again)?$/})
    .waitFor({state: 'attached'});
  await eventually(() => assert.ok(between.streams.length > before, 'no other stream'));
  await until(page, () => globalThis.doubts.size === 1);
  // one that never says that it is alive is not doubted
  between.isOld = true;
  await page.reload();
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  await until(page, () => globalThis.doubts.size === 0);
  await closePage(page);
});

test('a lost connection is told, and found again', async () => {
  const stations = [
    `First = ${process.env.GENRE_STATIONS}/good.mp3`,
    `Second = ${process.env.GENRE_STATIONS}/nothing`,
  ];
  const radio = new Radio('lost', stations);
  await radio.start();
  const page = await openPage(radio.url);
  await card(page, 'First').locator('.bars .is-first').waitFor();
  await until(page, () => document.getElementById('connection').textContent === '');
  await radio.stop('SIGKILL');
  await page
    .locator('#connection', {hasText: 'Connection to genre-radio lost, trying again'})
    .waitFor();
  // it comes back with another list of stations
  const again = new Radio(
    'lost',
    [...stations, `Third = ${process.env.GENRE_STATIONS}/plain.mp3`],
    [],
    radio.address
  );
  await again.start();
  await page
    .locator('#connection', {hasText: /^(Connected to genre-radio again)?$/})
    .waitFor({state: 'attached'});
  await card(page, 'Third').locator('.bars .is-first').waitFor();
  await until(page, () => document.getElementById('connection').textContent === '');
  assert.equal(await page.locator('.card').count(), 3);
  await closePage(page);
  await again.stop();
});

test('pages that are open show the genres of another model', async () => {
  const stations = [`First = ${process.env.GENRE_STATIONS}/good.mp3`];
  const radio = new Radio('model', stations);
  await radio.start();
  const wall = await openPage(radio.url);
  const first = card(wall, 'First');
  const station = await openPage(radio.url + (await first.locator('a').getAttribute('href')));
  for (const bars of [first.locator('.bars li'), station.locator('.bars li')])
    await bars.filter({hasText: 'Classical'}).waitFor();
  await radio.stop();
  const again = new Radio(
    'model',
    stations,
    ['--model', process.env.GENRE_OTHER_MODEL],
    radio.address
  );
  await again.start();
  for (const bars of [first.locator('.bars li'), station.locator('.bars li')]) {
    await bars.filter({hasText: 'High-pitched'}).waitFor();
    assert.equal(await bars.count(), 2);
  }
  await closePage(wall);
  await closePage(station);
  await again.stop();
});
