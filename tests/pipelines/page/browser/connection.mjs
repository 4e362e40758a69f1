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
