// SPDX-License-Identifier: GPL-2.0-or-later
// genre-radio goes away and comes back.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {card, closePage, openPage, until} from './browser.mjs';
import {Radio} from './radio.mjs';

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
