// SPDX-License-Identifier: GPL-2.0-or-later
// The page of one station.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {card, closePage, openPage, until} from './browser.mjs';
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
  const page = await openPage(`${few.url}/station/${station.id}`);
  await page.locator('.bars .is-first').waitFor();
  await until(page, () => {
    const canvas = document.querySelector('.spectrogram');
    const {data} = canvas.getContext('2d').getImageData(canvas.width - 8, 0, 8, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size > 20;
  });
  await closePage(page);
});

test('a station without a history says how to keep one', async () => {
  const {Radio} = await import('./radio.mjs');
  const radio = new Radio('forgetful', [`Good = ${process.env.GENRE_STATIONS}/good.mp3`]);
  await radio.start();
  const [{id}] = (await (await fetch(`${radio.url}/api/stations`)).json()).stations;
  const page = await openPage(`${radio.url}/station/${id}`);
  await page.locator('#no-songs', {hasText: '--history'}).waitFor();
  await closePage(page);
  await radio.stop();
});
