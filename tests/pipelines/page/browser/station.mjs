// SPDX-License-Identifier: GPL-2.0-or-later
// The page of one station.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {card, closePage, eventually, openPage, poll, until} from './browser.mjs';
import {Radio} from './radio.mjs';
import {few, findStation} from './stations.mjs';

test('a station has its day and its songs, by the local clock', async () => {
  const page = await openPage(few.url);
  await card(page, 'Good').locator('a').click();
  await page.locator('#songs tr').nth(3).waitFor();
  assert.equal(await page.title(), 'Good – genre-radio');
  assert.match(
    await page.locator('#day').getAttribute('aria-label'),
    /^The last 24 hours: .*no music \d+ h/
  );
  await page.locator('summary').click();
  const hours = await page.locator('#hours tr').allTextContents();
  // 23 hours and what was heard since, wherever in the hour it began
  assert.ok(hours.length >= 23 && hours.length <= 25, `${hours.length} hours`);
  // what the server says in UTC the reader reads in Kolkata, half an hour off
  const station = await findStation('Good');
  const {songs} = await (await fetch(`${few.url}/api/stations/${station.id}`)).json();
  const song = songs.find(({title}) => title === 'Song 10');
  const row = page.locator('#songs tr', {has: page.locator('th', {hasText: /^Song 10$/})});
  const clock = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'Asia/Kolkata',
  }).format(Date.parse(song.begin));
  assert.ok((await row.locator('td').first().textContent()).endsWith(clock));
  assert.deepEqual((await row.locator('td').allTextContents()).slice(1), ['4:00', 'Blues', '90 %']);
  await closePage(page);
});

test('it is live', async () => {
  const station = await findStation('Good');
  const page = await openPage('about:blank');
  const session = await page.context().newCDPSession(page);
  let told = 0;
  session.on('Network.eventSourceMessageReceived', ({eventName}) => {
    told += eventName === 'spectrogram';
  });
  await session.send('Network.enable');
  await page.goto(`${few.url}/station/${station.id}`);
  await page.locator('.bars .is-first').waitFor();
  const draw = (before) => {
    const canvas = document.querySelector('.spectrogram');
    const {data} = canvas.getContext('2d').getImageData(canvas.width - 8, 0, 8, canvas.height);
    const pixels = new Uint32Array(data.buffer);
    const picture = pixels.join();
    return new Set(pixels).size > 20 && picture !== before && picture;
  };
  const before = await (await until(page, draw)).jsonValue();
  // a single event has frames for several pictures
  const first = told;
  await eventually(() => assert.ok(told > first + 1, 'no more of the spectrogram is told'));
  await until(page, draw, before);
  await closePage(page);
});

test('a song that ends is in the table at once, also without a new title', async () => {
  const station = await findStation('Good');
  const path = `/api/stations/${station.id}`;
  const whole = await (await fetch(few.url + path)).json();
  const begin = '2026-01-02T03:04:05.000Z';
  const end = '2026-01-02T03:07:12.000Z';
  const song = {title: null, genre: 'jazz', confidence: 0.9};
  const talk = {title: 'News', genre: 'unknown', reason: 'no music', confidence: 0.3, music: 0.05};
  const now = (since) => ({...song, begin: since, end: null});
  const last = {...station, state: 'listening', title: null, final: true, lastAnswer: end};
  let ended = false;
  const page = await openPage('about:blank');
  // what is looked for each minute would be found anyway
  await page.addInitScript(() => {
    const {setTimeout} = globalThis;
    globalThis.setTimeout = (work, wait, ...more) =>
      wait >= 40000 ? 0 : setTimeout(work, wait, ...more);
  });
  await page.route(`**${path}`, (route) =>
    route.fulfill({
      json: {
        ...whole,
        ...{state: 'listening', title: null, final: true, lastAnswer: ended ? end : begin},
        songs: ended ? [now(end), {...song, begin, end}, {...talk, begin, end}] : [now(begin)],
      },
    })
  );
  await page.route('**/api/events?*', async (route) => {
    await page.locator('#songs tr').waitFor();
    assert.deepEqual(await page.locator('#songs td:nth-child(2)').allTextContents(), ['now']);
    ended = true;
    await route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 3600000\nevent: station\ndata: ${JSON.stringify(last)}\n\n`,
    });
  });
  await page.goto(`${few.url}/station/${station.id}`);
  await page.locator('#songs tr').nth(1).locator('td', {hasText: '3:07'}).waitFor();
  assert.deepEqual(
    (await page.locator('#songs tr').nth(2).locator('td').allTextContents()).slice(1),
    ['3:07', 'no music', '95 %']
  );
  await closePage(page);
});

test('an answer that was under way does not undo what events have told', async () => {
  const station = await findStation('Good');
  const {id} = station;
  const path = `/api/stations/${id}`;
  const whole = await (await fetch(few.url + path)).json();
  const day = {...whole.day, minutes: ' '.repeat(1440)};
  const minute = new Date(Date.parse(day.begin) + 1439 * 60000).toISOString();
  const begin = '2026-01-02T03:04:05.000Z';
  const song = {title: 'A song', genre: 'jazz', confidence: 0.9, begin, end: null};
  const answers = [
    {...whole, day, title: 'First', songs: []},
    {...whole, day, title: 'Older', songs: [song]},
  ];
  const newer = {...station, title: 'Newer'};
  let tell = null;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const page = await openPage('about:blank');
  await page.route(`**${path}`, async (route) => {
    const json = answers.shift();
    if (answers.length === 0 && json) {
      tell();
      await page.locator('#title', {hasText: 'Newer'}).waitFor();
    }
    await (json ? route.fulfill({json}) : route.abort());
  });
  await page.route('**/api/events?*', async (route) => {
    await told;
    await route.fulfill({
      contentType: 'text/event-stream',
      body:
        `retry: 3600000\nevent: minute\ndata: ${JSON.stringify({id, minute, genre: '-'})}\n\n` +
        `event: station\ndata: ${JSON.stringify(newer)}\n\n`,
    });
  });
  await page.goto(`${few.url}/station/${id}`);
  await page.locator('#title', {hasText: 'First'}).waitFor();
  await poll(page);
  await page.locator('#songs tr').waitFor();
  assert.equal(await page.locator('#title').textContent(), 'Newer');
  assert.match(await page.locator('#day').getAttribute('aria-label'), /no music 1 min/);
  await closePage(page);
});

test('the day goes on with each minute that is told', async () => {
  const {id} = await findStation('Good');
  const path = `/api/stations/${id}`;
  const whole = await (await fetch(few.url + path)).json();
  const day = {...whole.day, minutes: '_'.repeat(1440)};
  const minute = new Date(Date.parse(day.begin) + 1440 * 60000).toISOString();
  const page = await openPage('about:blank');
  await page.route(`**${path}`, (route) => route.fulfill({json: {...whole, day}}));
  // only those whose day is there are watched
  await page.route('**/api/events?*', (route) =>
    route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 3600000\nevent: minute\ndata: ${JSON.stringify({id, minute, genre: '-'})}\n\n`,
    })
  );
  await page.goto(`${few.url}/station/${id}`);
  await until(
    page,
    () =>
      document.getElementById('day').getAttribute('aria-label') ===
      'The last 24 hours: silence 23 h 59 min, no music 1 min'
  );
  await closePage(page);
});

test('a station that is listened to no more says so, and nothing else', async () => {
  const stations = ['good.mp3', 'plain.mp3'].map((name) => `${process.env.GENRE_STATIONS}/${name}`);
  const radio = new Radio('leaving', stations);
  await radio.start();
  const [{id}] = (await (await fetch(`${radio.url}/api/stations`)).json()).stations;
  const page = await openPage(`${radio.url}/station/${id}`);
  await page.locator('.bars .is-first').waitFor();
  const name = await page.locator('#name').textContent();
  radio.reload(stations.slice(1));
  await page
    .locator('.fault', {hasText: 'genre-radio does not listen to this station any more'})
    .waitFor();
  assert.deepEqual(
    await page.evaluate(() =>
      ['name', 'title', 'genre', 'certainty'].map((each) => document.getElementById(each).textContent)
    ),
    [name, '', 'ended', '']
  );
  assert.equal(await page.locator('.spectrogram').isVisible(), false);
  radio.reload(stations);
  await page.locator('.bars .is-first').waitFor();
  page.faults = page.faults.filter((fault) => !/status of 404/.test(fault)); // so it was answered
  await closePage(page);
  await radio.stop();
});

test('a station without a history says how to keep one', async () => {
  const radio = new Radio('forgetful', [`Good = ${process.env.GENRE_STATIONS}/good.mp3`]);
  await radio.start();
  const [{id}] = (await (await fetch(`${radio.url}/api/stations`)).json()).stations;
  const page = await openPage(`${radio.url}/station/${id}`);
  await page.locator('#no-songs', {hasText: '--history'}).waitFor();
  await closePage(page);
  await radio.stop();
});
