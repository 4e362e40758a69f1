// SPDX-License-Identifier: GPL-2.0-or-later
// Everything can be reached without a mouse, and it is seen where one is.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {card, closePage, eventually, names, openPage, poll, until} from './browser.mjs';
import {NAMES, few} from './stations.mjs';

const focused = (page) =>
  page.evaluate(() => {
    const node = document.activeElement;
    const style = getComputedStyle(node);
    return {
      text: node.textContent || node.id,
      outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    };
  });

test('from the top to a station and back', async () => {
  const page = await openPage(few.url);
  await page
    .locator('.card')
    .nth(NAMES.length - 1)
    .waitFor();
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(page), {text: 'Skip to the stations', outlined: true});
  await page.keyboard.press('Enter');
  await until(page, () => document.activeElement.id === 'stations');
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(page), {text: NAMES[0], outlined: true});
  await page.keyboard.press('ArrowRight');
  assert.deepEqual(await focused(page), {text: NAMES[1], outlined: true});
  await page.keyboard.press('ArrowLeft');
  assert.equal((await focused(page)).text, NAMES[0]);
  await page.keyboard.press('ArrowRight');
  // with these they are the browser's
  for (const keys of ['Control+End', 'Alt+ArrowRight', 'Shift+ArrowRight', 'Meta+ArrowRight']) {
    await page.keyboard.press(keys);
    assert.equal((await focused(page)).text, NAMES[1], keys);
  }
  const columns = await page.evaluate(
    () =>
      getComputedStyle(document.getElementById('stations')).gridTemplateColumns.split(' ').length
  );
  await page.keyboard.press('ArrowDown');
  assert.equal((await focused(page)).text, NAMES[1 + columns]);
  await page.keyboard.press('ArrowUp');
  assert.equal((await focused(page)).text, NAMES[1]);
  await page.keyboard.press('End');
  assert.equal((await focused(page)).text, NAMES[NAMES.length - 1]);
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/station/*');
  await page.locator('#songs tr').first().waitFor();
  await page.keyboard.press('Tab');
  assert.deepEqual(await focused(page), {text: 'Skip to the station', outlined: true});
  await page.keyboard.press('Tab');
  assert.match((await focused(page)).text, /All stations$/);
  await page.keyboard.press('Enter');
  await page.waitForURL(`${few.url}/`);
  await closePage(page);
});

test('a card that is read stays, and one that goes passes the keyboard on', async () => {
  const whole = await (await fetch(`${few.url}/api/stations`)).json();
  const dead = (each) => ({...each, state: 'broken', genre: null, reason: null});
  const heard = {state: 'listening', genre: 'jazz', reason: null, title: 'Back again'};
  const first = whole.stations.map(dead);
  const second = first.map((each) => (each.name === 'Gone' ? {...each, ...heard} : each));
  let stations = first;
  const page = await openPage('about:blank');
  await page.route('**/api/stations', (route) => route.fulfill({json: {...whole, stations}}));
  await page.route('**/api/events?*', (route) => route.abort());
  await page.goto(few.url);
  await page.locator('#tally button', {hasText: 'not heard'}).click();
  await card(page, 'Gone').locator('a').focus();
  stations = second;
  await poll(page);
  await card(page, 'Gone').locator('.title', {hasText: 'Back again'}).waitFor();
  assert.equal((await focused(page)).text, 'Gone');
  assert.deepEqual(await names(page), NAMES);
  await page.keyboard.press('ArrowRight');
  assert.equal((await focused(page)).text, 'Forbidden');
  await poll(page);
  await card(page, 'Gone').waitFor({state: 'hidden'});
  stations = second.filter(({name}) => name !== 'Forbidden');
  await poll(page);
  await card(page, 'Forbidden').waitFor({state: 'detached'});
  assert.equal((await focused(page)).text, 'Refused');
  stations = first.slice(0, 1);
  await poll(page);
  await card(page, 'Refused').waitFor({state: 'detached'});
  assert.equal((await focused(page)).text, NAMES[0]);
  await closePage(page);
});

test('search, order and genres come before the stations', async () => {
  const page = await openPage(few.url);
  await page
    .locator('.card')
    .nth(NAMES.length - 1)
    .waitFor();
  const passed = [];
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press('Tab');
    const {text, outlined} = await focused(page);
    assert.ok(outlined, `nothing shows that the focus is on ${text}`);
    passed.push(
      await page.evaluate(() => document.activeElement.id || document.activeElement.tagName)
    );
  }
  assert.deepEqual(passed, ['A', 'search', 'order', 'view', 'BUTTON']);
  await page.keyboard.press('Enter'); // Blues
  assert.equal(
    await page.evaluate(() => document.activeElement.getAttribute('aria-pressed')),
    'true'
  );
  await page.keyboard.press('Enter');
  await eventually(async () => assert.deepEqual(await names(page), NAMES));
  await closePage(page);
});
