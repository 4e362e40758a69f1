// SPDX-License-Identifier: GPL-2.0-or-later
// What the wall shows: stations alive and dead, and those that were searched for.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {card, closePage, eventually, names, openPage, poll, until} from './browser.mjs';
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
  // for a moment genre and probabilities may be those of two answers
  await eventually(async () => {
    const {genre, bars} = await card(page, 'Good').evaluate((node) => ({
      genre: node.querySelector('.genre').textContent,
      bars: [...node.querySelectorAll('.bars li')].map((item) => ({
        label: item.querySelector('.label').textContent,
        value: item.querySelector('.value').textContent,
        share: 100 * Number(item.querySelector('.bar').style.getPropertyValue('--share')),
        isFirst: item.classList.contains('is-first'),
      })),
    }));
    assert.equal(bars.length, 10);
    const best = bars.find(({isFirst}) => isFirst);
    assert.equal(genre, best?.label);
    for (const {label, value, share} of bars) {
      assert.match(value, /^\d+ %$/);
      const percent = parseInt(value, 10);
      assert.ok(Math.abs(percent - share) <= 0.6, `${label}: ${percent} %, drawn as ${share}`);
      assert.ok(share <= best.share, `${label}: ${share}, ${best.label}: ${best.share}`);
    }
    assert.ok(Math.abs(bars.reduce((sum, {share}) => sum + share, 0) - 100) < 1);
  });
  // as wide as they say, and as the next answers say, which may be nearly the same
  const readShares = async (before) =>
    (
      await until(
        page,
        (other) => {
          const found = [...document.querySelectorAll('.card')].find(
            (node) => node.querySelector('h2').textContent === 'Good'
          );
          const bars = [...found.querySelectorAll('.bar')].map((bar) => ({
            share: Number(bar.style.getPropertyValue('--share')),
            width: bar.getBoundingClientRect().width,
            room: bar.parentElement.getBoundingClientRect().width,
          }));
          const shares = bars.map(({share}) => share).join();
          const isRight = bars.every(
            ({share, width, room}) => Math.abs(width - share * room) <= 0.5
          );
          return isRight && bars.some(({width}) => width > 10) && shares !== other && shares;
        },
        before
      )
    ).jsonValue();
  await readShares(await readShares(''));
  await closePage(page);
});

test('the spectrogram goes by', async () => {
  const page = await openPage(few.url);
  await page.locator('.card .spectrogram').first().waitFor();
  // what was on the right is found further to the left later
  await until(page, () => {
    const canvas = document.querySelector('.card .spectrogram');
    const {width, height} = canvas;
    const pixels = new Uint32Array(
      canvas.getContext('2d').getImageData(0, 0, width, height).data.buffer
    );
    const column = (x) => Array.from({length: height}, (_, y) => pixels[y * width + x]);
    globalThis.columns ??= new Set();
    for (let x = 0; x < width - 24; x++)
      if (globalThis.columns.has(column(x).join())) return true;
    const last = column(width - 1);
    if (new Set(last).size > 20) globalThis.columns.add(last.join());
    return false;
  });
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

test('a list that was under way does not undo what an event has told', async () => {
  const whole = await (await fetch(`${few.url}/api/stations`)).json();
  const list = (titles) => ({
    ...whole,
    stations: whole.stations.map((each) => ({...each, title: titles[each.name] ?? each.title})),
  });
  const good = list({Good: 'Newer'}).stations.find(({name}) => name === 'Good');
  const titled = (name, title) =>
    card(page, name).locator('.title', {hasText: new RegExp(`^${title}$`)});
  let tell = null;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  const lists = [list({Good: 'First'}), list({Good: 'Older', Plain: 'Later'})];
  const page = await openPage('about:blank');
  await page.route('**/api/stations', async (route) => {
    const json = lists.shift();
    if (lists.length === 0 && json) {
      tell();
      await titled('Good', 'Newer').waitFor();
    }
    await (json ? route.fulfill({json}) : route.abort());
  });
  await page.route('**/api/events?*', async (route) => {
    await told;
    await route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 3600000\nevent: station\ndata: ${JSON.stringify(good)}\n\n`,
    });
  });
  await page.goto(few.url);
  await titled('Good', 'First').waitFor();
  await poll(page);
  await titled('Plain', 'Later').waitFor();
  assert.equal(await titled('Good', 'Newer').count(), 1);
  // but a list that was asked for since then is newer still
  await page.route('**/api/stations', (route) => route.fulfill({json: list({Good: 'Newest'})}));
  await poll(page);
  await titled('Good', 'Newest').waitFor();
  await closePage(page);
});

test('titles and names are text, whatever is in them', async () => {
  const page = await openPage(few.url);
  await until(
    page,
    (title) => [...document.querySelectorAll('.title')].some((node) => node.textContent === title),
    '\\x1b]0;owned\\x07<script>alert(1)</script>'
  );
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
  const found = async (text) => {
    await page.fill('#search', text);
    await until(
      page,
      (wanted) => new URLSearchParams(location.search).get('search') === (wanted || null),
      text.trim()
    );
    return names(page);
  };
  // again and again: titles, states and genres come and change
  const finds = (text, wanted) =>
    eventually(async () => assert.deepEqual(await found(text), wanted));
  await finds('zebra', ['Zebra 10', 'Zebra 9']);
  await finds('ZEBRA  9', ['Zebra 9']);
  await finds('evil', ['Évil <b>title</b>']);
  await finds('artist -', ['Good', 'Zebra 10', 'Zebra 9']);
  await eventually(async () => {
    const genre = await card(page, 'Good').locator('.genre').textContent();
    assert.ok((await found(genre)).includes('Good'), genre);
  });
  await finds('forbidden', ['Forbidden']);
  await finds('broken', ['Gone', 'Forbidden']);
  await finds('no such thing', []);
  assert.ok(await page.locator('#nothing').isVisible());
  assert.match(await page.locator('.summary').textContent(), / stations heard · 0\u00a0shown$/);
  await finds('  ', NAMES);
  // the address keeps it
  await finds('broken', ['Gone', 'Forbidden']);
  await page.reload();
  await page
    .locator('.card')
    .nth(NAMES.length - 1)
    .waitFor({state: 'attached'});
  await eventually(async () => assert.deepEqual(await names(page), ['Gone', 'Forbidden']));
  await closePage(page);
});

test('the way back from a station leads to the wall as it was', async () => {
  const page = await openPage(few.url);
  await card(page, 'Zebra 9').waitFor();
  await page.selectOption('#order', 'name');
  await page.selectOption('#view', 'compact');
  await page.fill('#search', 'zebra');
  await page.waitForURL((url) => url.search !== '' && url.searchParams.get('search') === 'zebra');
  await card(page, 'Zebra 9').locator('a').click();
  await page.waitForURL('**/station/*');
  await page.locator('#home').click();
  await page.waitForURL(`${few.url}/?search=zebra&order=name&view=compact`);
  await card(page, 'Zebra 9').waitFor();
  await page.locator('#stations.is-compact').waitFor();
  await eventually(async () => assert.deepEqual(await names(page), ['Zebra 9', 'Zebra 10']));
  await closePage(page);
});

test('a card that leaves the view and comes back at once has all that it had', async () => {
  const page = await openPage(few.url, {viewport: {width: 320, height: 256}});
  const isWhole = () => {
    const node = document.querySelector('.card');
    return (
      /Blues \d/.test(node.querySelector('.ribbon')?.getAttribute('aria-label')) &&
      /\d %/.test(node.querySelector('.bars .value')?.textContent)
    );
  };
  await until(page, isWhole);
  // at once: no timer of the page goes off meanwhile, however busy the machine is
  await page.evaluate(async () => {
    const live = document.querySelector('.card .live');
    const change = () =>
      new Promise((resolve) => {
        new MutationObserver(resolve).observe(live, {childList: true});
      });
    const held = [];
    const {setTimeout} = globalThis;
    globalThis.setTimeout = (...timer) => held.push(timer) && 0;
    for (const top of [document.documentElement.scrollHeight, 0]) {
      const changed = change();
      scrollTo(0, top);
      await changed;
    }
    globalThis.setTimeout = setTimeout;
    for (const timer of held) setTimeout(...timer);
  });
  await until(page, isWhole);
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
  // by what the cards say at that moment: it is another thing a second later
  const look = (order) =>
    page.evaluate((value) => {
      const select = document.getElementById('order');
      select.value = value;
      select.dispatchEvent(new Event('change'));
      return [...document.querySelectorAll('.card')].map((node) => ({
        name: node.querySelector('h2').textContent,
        genre: node.querySelector('.genre').textContent,
        percent: parseInt(node.querySelector('.certainty').textContent || '-1', 10),
        isDown: node.classList.contains('is-down'),
        rank: node.matches('.is-unheard')
          ? 2
          : Number(node.matches('.is-unknown, .is-talk, .is-silence')),
      }));
    }, order);
  const states = await look('state');
  const down = states.filter(({isDown}) => isDown);
  assert.deepEqual(states.slice(0, down.length), down);
  for (const name of ['Forbidden', 'Gone', 'Refused'])
    assert.ok(
      down.some((each) => each.name === name),
      `${name} is not down`
    );
  const state = (name) => card(page, name).locator('.state');
  assert.ok(await state('Refused').isVisible());
  assert.ok(await state('Good').isHidden());
  const percents = (await look('sure')).map(({percent}) => percent);
  assert.deepEqual(
    percents,
    [...percents].sort((a, b) => b - a)
  );
  const genres = await look('genre');
  const ranks = genres.map(({rank}) => rank);
  assert.deepEqual(ranks, [...ranks].sort());
  const heard = genres
    .filter(({rank}) => rank === 0)
    .map(({genre}) => genre.replace('before: ', ''));
  assert.deepEqual(heard, [...heard].sort());
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
  await eventually(async () =>
    assert.deepEqual(await names(page), ['Gone', 'Forbidden', 'Refused'])
  );
  await dead.click();
  assert.deepEqual(await names(page), NAMES);
  await closePage(page);
});

test('the genre of the address stays if somebody types before the list is there', async () => {
  const page = await openPage('about:blank');
  let letGo = null;
  const typed = new Promise((resolve) => {
    letGo = resolve;
  });
  await page.route('**/api/stations', async (route) => {
    await typed;
    await route.continue();
  });
  await page.goto(`${few.url}/?genre=none`);
  await page.locator('#search').fill('o');
  await until(page, () => new URLSearchParams(location.search).get('search') === 'o');
  letGo();
  await card(page, 'Gone').waitFor();
  const dead = page.locator('#tally button', {hasText: 'not heard'});
  assert.equal(await dead.getAttribute('aria-pressed'), 'true');
  assert.equal(await page.evaluate(() => location.search), '?search=o&genre=none');
  // one that no model knows is forgotten
  await page.goto(`${few.url}/?genre=polka`);
  await card(page, 'Good').waitFor();
  await page.locator('#search').fill('g');
  await until(page, () => location.search === '?search=g');
  await closePage(page);
});

test('what is heard and not known is no genre, and the tally says what the cards say', async () => {
  const whole = await (await fetch(`${few.url}/api/stations`)).json();
  const unknown = {genre: null, genreName: null, confidence: null, music: null, reason: null};
  const since = new Date(Date.now() - 3600000).toISOString();
  const lastAnswer = new Date(Date.now() - 300000).toISOString();
  const parts = {
    Good: {state: 'listening', since, lastAnswer},
    Plain: {state: 'listening', since: new Date().toISOString(), lastAnswer},
  };
  const stations = whole.stations.map((each) => ({
    ...{...each, ...unknown, state: 'ended'},
    ...parts[each.name],
  }));
  const rock = {
    ...stations.find(({name}) => name === 'Plain'),
    ...{genre: 'rock', genreName: 'Rock', confidence: 0.9, music: 1, final: true},
  };
  const lists = [{...whole, stations}];
  const page = await openPage('about:blank');
  // once: what is counted later is what an event has told
  await page.route('**/api/stations', (route) => {
    const json = lists.shift();
    return json ? route.fulfill({json}) : route.abort();
  });
  const group = (name) => page.locator('#tally button', {hasText: name});
  await page.route('**/api/events?*', async (route) => {
    await group('listening …').and(page.locator('[aria-pressed=true]')).waitFor();
    await route.fulfill({
      contentType: 'text/event-stream',
      body: `retry: 3600000\nevent: station\ndata: ${JSON.stringify(rock)}\n\n`,
    });
  });
  await page.goto(few.url);
  await card(page, 'Plain').locator('.genre', {hasText: 'listening …'}).waitFor();
  await card(page, 'Good')
    .locator('.genre', {hasText: /^nothing new for \d+ min$/})
    .waitFor();
  await group('listening …').filter({hasText: '2'}).waitFor();
  await group('not heard').filter({hasText: '6'}).waitFor();
  await group('listening …').click();
  await group('Rock').filter({hasText: '1'}).waitFor();
  await group('listening …').filter({hasText: '1'}).waitFor();
  assert.deepEqual(await names(page), ['Good']);
  await group('Rock').click(); // of the song before, which is said
  await card(page, 'Plain').locator('.genre', {hasText: /^before: Rock$/}).waitFor();
  await closePage(page);
});

test('the last hour is a ribbon that grows, and is named in text', async () => {
  const page = await openPage(few.url);
  await until(page, () =>
    /Blues \d/.test(document.querySelector('.card .ribbon')?.getAttribute('aria-label'))
  );
  const {label, words} = await card(page, 'Good').evaluate((node) => ({
    label: node.querySelector('.ribbon').getAttribute('aria-label'),
    words: [...node.querySelectorAll('.hour-words .share')].map(({textContent}) => textContent),
  }));
  const parts = /^The last hour: (.*)$/.exec(label)[1].split(', ');
  assert.deepEqual(words, parts.slice(0, 3));
  const minutes = (verdict) =>
    parseInt(parts.find((part) => part.startsWith(`${verdict} `))?.slice(verdict.length), 10);
  // of the 45 and 10 minutes that were seeded some have gone by
  const gone = Math.floor(Date.now() / 60000) - Number(process.env.GENRE_SEEDED);
  assert.ok(minutes('Blues') >= 45 - gone, `${label} after ${gone} minutes`);
  assert.ok(minutes('no music') >= 10, label);
  assert.equal(
    parts.reduce((sum, part) => sum + parseInt(/(\d+) min$/.exec(part)[1], 10), 0),
    60
  );
  // every minute moves the border between music and talk
  const draw = (before) => {
    const canvas = document.querySelector('.card .ribbon');
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const isDrawn =
      Math.abs(canvas.width - canvas.clientWidth) <= 1 &&
      new Uint32Array(data.buffer).some((pixel) => pixel !== 0);
    const picture = canvas.toDataURL();
    return isDrawn && picture !== before && picture;
  };
  const before = await (await until(page, draw)).jsonValue();
  await until(page, draw, before);
  await closePage(page);
});
