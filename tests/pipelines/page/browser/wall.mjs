// SPDX-License-Identifier: GPL-2.0-or-later
// What the wall shows: stations alive and dead, and those that were searched for.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {card, closePage, names, openPage, until} from './browser.mjs';
import {NAMES, few} from './stations.mjs';

test('every station is a card, in the order of the stations file', async () => {
  const page = await openPage(few.url);
  await page
    .locator('.card')
    .nth(NAMES.length - 1)
    .waitFor();
  assert.deepEqual(await names(page), NAMES);
  await until(
    page,
    () => document.getElementById('summary').textContent === '5 of 8 stations heard'
  );
  await closePage(page);
});

test('bars move, and say in words what they show', async () => {
  const page = await openPage(few.url);
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  const bars = await card(page, 'Good')
    .locator('.bars li')
    .evaluateAll((items) =>
      items.map((item) => [
        item.querySelector('.label').textContent,
        parseInt(item.querySelector('.value').textContent, 10),
        100 * Number(item.querySelector('.bar').style.getPropertyValue('--share')),
        item.classList.contains('is-first'),
      ])
    );
  assert.equal(bars.length, 10);
  const best = bars.find(([, , , isFirst]) => isFirst);
  assert.equal(await card(page, 'Good').locator('.genre').textContent(), best[0]);
  for (const [label, percent, share] of bars) {
    assert.ok(Math.abs(percent - share) <= 0.6, `${label}: ${percent} %, drawn as ${share}`);
    assert.ok(percent <= best[1]);
  }
  assert.ok(Math.abs(bars.reduce((sum, [, , share]) => sum + share, 0) - 100) < 1);
  // as wide as they say, and after the next answers of another width
  const widths = () =>
    card(page, 'Good')
      .locator('.bar')
      .evaluateAll((all) => all.map((bar) => bar.getBoundingClientRect().width));
  const first = await widths();
  assert.ok(Math.max(...first) > 10);
  await until(
    page,
    (before) => {
      const found = [...document.querySelectorAll('.card')].find(
        (node) => node.querySelector('h2').textContent === 'Good'
      );
      return [...found.querySelectorAll('.bar')].some(
        (bar, i) => Math.abs(bar.getBoundingClientRect().width - before[i]) > 0.2
      );
    },
    first
  );
  await closePage(page);
});

test('the spectrogram goes by', async () => {
  const page = await openPage(few.url);
  await page.locator('.card .spectrogram').first().waitFor();
  // what is on the right now is found further to the left soon
  const column = await (
    await until(page, () => {
      const canvas = document.querySelector('.card .spectrogram');
      const {data} = canvas.getContext('2d').getImageData(canvas.width - 1, 0, 1, canvas.height);
      return new Set(new Uint32Array(data.buffer)).size > 20 && [...data].join();
    })
  ).jsonValue();
  await until(
    page,
    (wanted) => {
      const canvas = document.querySelector('.card .spectrogram');
      for (let x = 0; x < canvas.width - 24; x++)
        if (
          [...canvas.getContext('2d').getImageData(x, 0, 1, canvas.height).data].join() === wanted
        )
          return true;
      return false;
    },
    column
  );
  await closePage(page);
});

test('dead stations say why, and when they are tried again', async () => {
  const page = await openPage(few.url);
  for (const [name, verdict, fault] of [
    ['Gone', 'broken', /^404 Not Found; next try in \d/],
    ['Forbidden', 'broken', /^403 Forbidden; next try in \d/],
    ['Refused', /^(down|connecting …)$/, /^connection refused; (next try in \d|trying again)/],
  ]) {
    await card(page, name).locator('.fault', {hasText: fault}).waitFor();
    await card(page, name).locator('.genre', {hasText: verdict}).waitFor();
    assert.equal(await card(page, name).locator('.spectrogram').isVisible(), false);
  }
  await closePage(page);
});

test('titles and names are text, whatever is in them', async () => {
  const page = await openPage(few.url);
  const title = card(page, 'Évil').locator('.title');
  await title.filter({hasText: '<script>alert(1)</script>'}).waitFor();
  assert.equal(await title.textContent(), '\\x1b]0;owned\\x07<script>alert(1)</script>');
  assert.equal(await page.locator('main script, main b').count(), 0);
  await card(page, 'Évil').locator('a').click();
  await page.locator('#title', {hasText: '<script>alert(1)</script>'}).waitFor();
  assert.equal(await page.locator('h1').textContent(), 'Évil <b>title</b>');
  assert.equal(await page.locator('main script, main b').count(), 0);
  await closePage(page);
});

test('search knows names, titles, genres and states, with and without accents', async () => {
  const page = await openPage(few.url);
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  const genre = await card(page, 'Good').locator('.genre').textContent();
  const found = async (text) => {
    await page.fill('#search', text);
    await until(
      page,
      (wanted) => new URLSearchParams(location.search).get('search') === (wanted || null),
      text.trim()
    );
    return names(page);
  };
  assert.deepEqual(await found('zebra'), ['Zebra 10', 'Zebra 9']);
  assert.deepEqual(await found('ZEBRA  9'), ['Zebra 9']);
  assert.deepEqual(await found('evil'), ['Évil <b>title</b>']);
  assert.deepEqual(await found('artist -'), ['Good', 'Zebra 10', 'Zebra 9']);
  assert.ok((await found(genre)).includes('Good'));
  assert.deepEqual(await found('forbidden'), ['Forbidden']);
  assert.deepEqual(await found('broken'), ['Gone', 'Forbidden']);
  assert.deepEqual(await found('no such thing'), []);
  assert.ok(await page.locator('#nothing').isVisible());
  assert.deepEqual(await found('  '), NAMES);
  // the address keeps it
  await found('broken');
  await page.reload();
  await page
    .locator('.card')
    .nth(NAMES.length - 1)
    .waitFor({state: 'attached'});
  await until(page, () => document.querySelectorAll('.card:not([hidden])').length === 2);
  assert.deepEqual(await names(page), ['Gone', 'Forbidden']);
  await closePage(page);
});

test('cards are sorted by name, state and how sure', async () => {
  const page = await openPage(few.url);
  await card(page, 'Good').locator('.bars .is-first').waitFor();
  await until(
    page,
    () => document.getElementById('summary').textContent === '5 of 8 stations heard'
  );
  const sorted = async (order) => {
    await page.selectOption('#order', order);
    return names(page);
  };
  assert.deepEqual(await sorted('name'), [
    'Évil <b>title</b>',
    'Forbidden',
    'Gone',
    'Good',
    'Plain',
    'Refused',
    'Zebra 9',
    'Zebra 10',
  ]);
  assert.deepEqual((await sorted('state')).slice(0, 3).sort(), ['Forbidden', 'Gone', 'Refused']);
  const sure = await sorted('sure');
  assert.deepEqual(sure.slice(5).sort(), ['Forbidden', 'Gone', 'Refused']);
  const genres = await sorted('genre');
  assert.deepEqual(genres.slice(5).sort(), ['Forbidden', 'Gone', 'Refused']);
  assert.deepEqual(await sorted('own'), NAMES);
  await closePage(page);
});

test('genres are counted, and one of them alone can be looked at', async () => {
  const page = await openPage(few.url);
  const dead = page.locator('#tally button', {hasText: 'not heard'});
  await dead.filter({hasText: '3'}).waitFor();
  const counts = await page.locator('#tally .count').allTextContents();
  assert.equal(
    counts.reduce((sum, count) => sum + Number(count), 0),
    NAMES.length
  );
  await dead.click();
  assert.equal(await dead.getAttribute('aria-pressed'), 'true');
  assert.deepEqual(await names(page), ['Gone', 'Forbidden', 'Refused']);
  await dead.click();
  assert.deepEqual(await names(page), NAMES);
  await closePage(page);
});

test('the last hour is a ribbon that grows, and is named in text', async () => {
  const page = await openPage(few.url);
  const ribbon = card(page, 'Good').locator('.ribbon');
  await ribbon.waitFor();
  await until(page, () =>
    document.querySelector('.card .ribbon').getAttribute('aria-label').includes('no music 1')
  );
  const before = await ribbon.getAttribute('aria-label');
  assert.match(before, /^The last hour: Blues 4\d min, no music 1\d min/);
  const drawn = () =>
    [
      ...new Uint32Array(
        document.querySelector('.card .ribbon').getContext('2d').getImageData(0, 0, 1e4, 1e3).data
          .buffer
      ),
    ].filter((pixel) => pixel !== 0).length;
  const pixels = await page.evaluate(drawn);
  assert.ok(pixels > 0);
  const words = await card(page, 'Good').locator('.hour-words').textContent();
  assert.match(words, /Blues 4\d min/);
  await until(
    page,
    (label) => document.querySelector('.card .ribbon').getAttribute('aria-label') !== label,
    before
  );
  await closePage(page);
});
