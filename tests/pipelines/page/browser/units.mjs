// SPDX-License-Identifier: GPL-2.0-or-later
// The page's modules by themselves: what goes in, and what has to come out.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {closePage, openEmptyPage} from './browser.mjs';

const NOW = Date.parse('2026-03-15T12:00:00Z'); // Sunday, 17:30 in Kolkata

const ago = (seconds) => new Date(NOW - 1000 * seconds).toISOString();

// @table: of a function's argument and of what it has to answer
async function check(page, module, name, table) {
  const found = await page.evaluate(
    async ([path, which, all]) => {
      const functions = await import(path);
      return all.map((argument) => functions[which](argument));
    },
    [`/page/${module}.js`, name, table.map(([argument]) => argument)]
  );
  table.forEach(([argument, wanted], i) => {
    const message = `${name} (${JSON.stringify(argument)}) is ${found[i]}`;
    if (wanted instanceof RegExp) assert.match(found[i], wanted, message);
    else assert.equal(found[i], wanted, message);
  });
}

test('times, lengths and faults in words', async () => {
  const page = await openEmptyPage();
  await page.clock.setFixedTime(NOW);
  const day = 86400000;
  await check(page, 'words', 'formatTime', [
    [NOW, '17:30'],
    [NOW - 17 * 3600000, '00:30'],
    [NOW - 18 * 3600000, /^Sat\W+23:30$/],
    [NOW - 5 * day, /^Tue\W+17:30$/],
    [NOW + 5 * day, /^Fri\W+17:30$/],
    [NOW - 7 * day, /^8 Mar\W.*17:30$/],
    [NOW - 24 * day, /^19 Feb\W.*17:30$/],
    [NOW - 365 * day, /^15 Mar 2025\W.*17:30$/],
  ]);
  await check(page, 'words', 'formatLength', [
    [-1, '0:00'],
    [187, '3:07'],
    [3599, '59:59'],
    [3599.6, '1:00:00'],
    [3723, '1:02:03'],
    [36061, '10:01:01'],
  ]);
  await check(page, 'words', 'formatMinutes', [
    [59, '59 min'],
    [60, '1 h'],
    [100, '1 h 40 min'],
    [1440, '24 h'],
  ]);
  const down = {state: 'waiting', error: 'no route'};
  await check(page, 'words', 'describeFault', [
    [{...down, since: ago(10), retryIn: 70}, 'no route; next try in 60 s'],
    [{...down, since: ago(60), retryIn: 70}, 'no route; next try in 10 s'],
    [{...down, since: ago(80), retryIn: 70}, 'no route; trying again'],
    [{...down, since: ago(10), retryIn: 310}, 'no route; next try in 5 min'],
    [{...down, since: ago(10), retryIn: 7210}, 'no route; next try in 2.0 h'],
    [{...down, since: ago(10), retryIn: null}, 'no route'],
    [{state: 'listening', error: null, since: ago(10), retryIn: null}, ''],
  ]);
  await closePage(page);
});

test('genres of any model have colours, and minutes that name them', async () => {
  const page = await openEmptyPage();
  await page.evaluate(async () => {
    const {setGenres} = await import('/page/genres.js');
    const ids = Array.from({length: 12}, (_, i) => (i === 3 ? 'jazz' : `other ${i}`));
    setGenres(ids.map((id) => ({id, name: id.toUpperCase()})));
  });
  await check(page, 'genres', 'colourOf', [
    ['other 0', '#0e66c8'],
    ['jazz', '#4ec2de'],
    ['other 9', '#a21924'],
    ['other 10', '#0e66c8'],
    ['other 11', '#9c7c22'],
    ['unknown', null],
  ]);
  await check(page, 'genres', 'readMinute', [
    ['0', 'other 0'],
    ['9', 'other 9'],
    ['a', 'other 10'],
    ['b', 'other 11'],
    ['c', 'unknown'],
    ['?', 'unknown'],
    ['-', 'no music'],
    ['_', 'silence'],
    [' ', null],
  ]);
  const jazz = {state: 'listening', genre: 'jazz', reason: null, confidence: 0.7, music: 0.25};
  const unknown = {...jazz, genre: 'unknown'};
  await check(page, 'genres', 'certaintyOf', [
    [jazz, 0.7],
    [unknown, null],
    [{...unknown, reason: 'no music'}, 0.75],
    [{...unknown, reason: 'no music', music: null}, null],
    [{...unknown, reason: 'silence'}, null],
    [{...jazz, genre: null}, null],
    [{...jazz, state: 'waiting'}, null],
  ]);
  await closePage(page);
});

test('an hour that was today gets its day when that is over', async () => {
  const page = await openEmptyPage();
  const tick = async (time) => {
    await page.clock.setFixedTime(time);
    return page.evaluate(async (since) => {
      const {showHeadline, tickHeadline} = await import('/page/headline.js');
      const station = {name: 'One', state: 'ended', since, title: null, genre: null};
      if (!globalThis.nodes) {
        globalThis.nodes = Object.fromEntries(
          ['node', 'name', 'title', 'genre', 'certainty', 'state'].map((name) => [
            name,
            document.createElement('p'),
          ])
        );
        showHeadline(globalThis.nodes, station);
      }
      const isOther = tickHeadline(globalThis.nodes, station);
      return [globalThis.nodes.state.textContent, isOther];
    }, ago(0));
  };
  assert.deepEqual(await tick(NOW), ['at 17:30', false]);
  const [state, isOther] = await tick(NOW + 2 * 86400000);
  assert.match(state, /^at Sun\W+17:30$/);
  assert.equal(isOther, false); // nobody searches for it
  await closePage(page);
});

test('what is drawn with the stylesheet is what is said beside it', async () => {
  const page = await openEmptyPage();
  const {over, music, band} = await page.evaluate(async () => {
    const {setGenres} = await import('/page/genres.js');
    const {showHeadline} = await import('/page/headline.js');
    const {Panel} = await import('/page/panel.js');
    const {Tally} = await import('/page/tally.js');
    setGenres(['blues', 'jazz'].map((id) => ({id, name: id})));
    const make = (name) => document.body.appendChild(document.createElement(name));
    const station = {
      ...{name: 'One', state: 'listening', since: '2026-03-15T12:00:00Z', title: 'A song'},
      ...{genre: 'jazz', reason: null, confidence: 0.7, music: 0.9, final: true},
      probabilities: {blues: 0.3, jazz: 0.7},
    };
    const nodes = Object.fromEntries(
      ['node', 'name', 'title', 'genre', 'certainty', 'state'].map((name) => [name, make('p')])
    );
    const head = (final) => {
      showHeadline(nodes, {...station, final});
      return [nodes.genre.textContent, nodes.node.classList.contains('is-over')];
    };
    const panel = new Panel(make('div'), station.name);
    panel.update(station);
    const bars = [...panel.container.querySelectorAll('.bar')].map((bar) => [
      Number(bar.style.getPropertyValue('--share')),
      bar.parentElement.parentElement.querySelector('.value').textContent,
    ]);
    panel.close();
    const stripes = make('div');
    const list = make('ul');
    const tally = new Tally(stripes, list, () => 0);
    tally.build();
    tally.show(['jazz', 'jazz', 'none', 'jazz'].map((group) => ({group})));
    return {
      over: [head(true), head(false), head(true)],
      music: bars,
      band: [...stripes.children].map((stripe, i) => [
        Number(stripe.style.flexGrow),
        list.children[i].querySelector('.count').textContent,
      ]),
    };
  });
  assert.deepEqual(over, [
    ['before: jazz', true],
    ['jazz', false],
    ['before: jazz', true],
  ]);
  assert.deepEqual(music, [
    [0.9, '90 %'],
    [0.3, '30 %'],
    [0.7, '70 %'],
  ]);
  assert.deepEqual(
    band,
    [0, 3, 0, 0, 0, 0, 1].map((n) => [n, String(n)])
  );
  await closePage(page);
});

test('minutes are counted, and go by', async () => {
  const page = await openEmptyPage();
  const found = await page.evaluate(async () => {
    const {setGenres} = await import('/page/genres.js');
    const {Minutes, describeMinutes} = await import('/page/ribbon.js');
    setGenres(['blues', 'jazz'].map((id) => ({id, name: id})));
    const begin = Date.parse('2026-03-15T11:00:00Z');
    const minutes = new Minutes({begin: '2026-03-15T11:00:00Z', minutes: '      1100-' });
    const look = () => [(minutes.begin - begin) / 60000, minutes.text];
    const add = (place, character) => {
      minutes.add(begin + 60000 * place, character);
      return look();
    };
    return {
      words: [describeMinutes(minutes.count()), describeMinutes(minutes.count(8, 11))],
      steps: [
        add(3, '_'), // one that is known
        add(11, '0'), // the next one
        add(12, '0'),
        add(15, '-'), // two were missed
        add(4, '1'), // one that is gone
        add(100, '?'),
      ],
    };
  });
  assert.deepEqual(found.words, [
    'jazz 2 min, blues 2 min, no music 1 min, not heard 6 min',
    'blues 2 min, no music 1 min',
  ]);
  assert.deepEqual(found.steps, [
    [0, '   _  1100-'],
    [1, '  _  1100-0'],
    [2, ' _  1100-00'],
    [5, ' 1100-00  -'],
    [5, ' 1100-00  -'],
    [90, '          ?'],
  ]);
  await closePage(page);
});

test('the line of the connection says what is wrong as long as it is', async () => {
  const page = await openEmptyPage();
  const steps = await page.evaluate(async () => {
    const {ConnectionLine} = await import('/page/connection.js');
    const node = document.createElement('p');
    const line = new ConnectionLine(node);
    const look = () => [node.textContent, document.body.classList.contains('is-lost')];
    const after = (work) => {
      work();
      return look();
    };
    return [
      after(() => line.lose('list', 'no list')),
      after(() => line.lose('events', 'no events')),
      after(() => line.regain('list')),
      after(() => line.regain('list')),
      after(() => line.regain('events')),
    ];
  });
  assert.deepEqual(steps, [
    ['no list', true],
    ['no list', true],
    ['no events', true],
    ['no events', true],
    ['Connected to genre-radio again', false],
  ]);
  const messages = await page.evaluate(async () => {
    const {AnswerError} = await import('/page/connection.js');
    return [401, 403, 404, 503].map((status) => new AnswerError(status).message);
  });
  assert.deepEqual(
    messages.map((message) => /\?token=…/.test(message)),
    [true, true, false, false]
  );
  assert.equal(messages[2], 'genre-radio answers 404');
  await closePage(page);
});

test("ages are told by the server's clock", async () => {
  const page = await openEmptyPage();
  await page.clock.setFixedTime(NOW);
  for (const [seconds, wanted] of [
    [3600, 3600],
    [-3600, -3600],
    [1, 0],
  ]) {
    await page.route(
      '**/api/stations',
      (route) =>
        route.fulfill({json: {}, headers: {Date: new Date(NOW + 1000 * seconds).toUTCString()}}),
      {times: 1}
    );
    const ahead = await page.evaluate(async () => {
      const {getJson, getTime} = await import('/page/connection.js');
      await getJson('/api/stations');
      return (getTime() - Date.now()) / 1000;
    });
    assert.equal(ahead, wanted, `a clock that is ${seconds} s ahead is taken for ${ahead} s`);
  }
  await closePage(page);
});

test('a server that does not answer is asked less and less often', async () => {
  const page = await openEmptyPage();
  const found = await page.evaluate(async () => {
    const {AnswerError, Poll} = await import('/page/connection.js');
    let timer = null,
      asked = 0,
      fails = true;
    globalThis.setTimeout = (work, wait) => {
      timer = {work, wait};
      return 1;
    };
    globalThis.clearTimeout = () => {
      timer = null;
    };
    const load = async () => {
      asked++;
      if (fails) throw new AnswerError(503);
    };
    const poll = new Poll(load, 15000, {lose() {}, regain() {}});
    // what the timer is for is done; how long it is to wait next
    const next = async () => {
      const due = timer;
      timer = null;
      await due.work();
      return timer?.wait;
    };
    await poll.now(); // asked for while the first answer is under way: once more at once
    for (let i = 0; i < 10 && timer === null; i++) await null;
    const waits = [timer.wait];
    for (let i = 0; i < 7; i++) waits.push(await next());
    fails = false;
    waits.push(await next(), await next());
    fails = true;
    waits.push(await next(), await next());
    // nobody looks, and somebody does
    const before = asked;
    Object.defineProperty(document, 'hidden', {value: true, configurable: true});
    await poll.now();
    const hidden = [asked - before, timer];
    Object.defineProperty(document, 'hidden', {value: false, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
    return {waits, hidden, shown: asked - before};
  });
  assert.deepEqual(
    found.waits,
    [0, 2, 4, 8, 16, 30, 30, 30, 15, 15, 1, 2].map((seconds) => 1000 * seconds)
  );
  assert.deepEqual(found.hidden, [0, null]);
  assert.equal(found.shown, 1);
  await closePage(page);
});

test('there is one event stream, for as many stations as it may have', async () => {
  const page = await openEmptyPage();
  const found = await page.evaluate(async () => {
    const {Events} = await import('/page/connection.js');
    const sources = [];
    const told = [];
    globalThis.EventSource = class Source extends EventTarget {
      static CLOSED = 2;
      readyState = 0;

      constructor(url) {
        super();
        this.ids = new URL(url, location).searchParams.get('stations').split(',');
        sources.push(this);
      }

      close() {
        this.readyState = 2;
      }

      tell(name, data) {
        this.dispatchEvent(new MessageEvent(name, {data: JSON.stringify(data)}));
      }
    };
    let timer = null;
    const doubt = 40000; // ms, after which a stream is doubted: none of these is
    globalThis.setTimeout = (work, wait) => {
      if (wait !== doubt) timer = {work, wait};
      return wait === doubt ? 1 : 2;
    };
    globalThis.clearTimeout = (which) => {
      if (which === 2) timer = null;
    };
    const next = () => {
      const {work, wait} = timer;
      timer = null;
      work();
      return wait;
    };
    const open = () => sources.filter(({readyState}) => readyState !== 2);
    const events = new Events({station: (id) => told.push(id)}, {lose() {}, regain() {}});
    const watch = (ids) => {
      events.watch(ids);
      next();
      return sources.at(-1);
    };
    const answers = {open: []};
    const first = watch(['b', 'a']);
    first.dispatchEvent(new Event('open'));
    // the old one goes on until the new one is there, also if that is soon replaced itself
    watch(['c']);
    const second = watch(['d']);
    answers.open.push(open().length);
    first.tell('station', 'of the first');
    second.tell('station', 'too early');
    second.dispatchEvent(new Event('open'));
    first.tell('station', 'too late');
    second.tell('station', 'of the second');
    answers.open.push(open().length);
    for (let i = 0; i < 5; i++) {
      watch([`scrolled ${i}`]).dispatchEvent(new Event('open'));
      answers.open.push(open().length);
    }
    const many = Array.from({length: 300}, (_, i) => String(i).padStart(3, '0'));
    const {ids} = watch(many);
    answers.many = ids.join() === many.slice(0, 200).join();
    // one that is refused
    const refuse = () => {
      sources.at(-1).readyState = 2;
      sources.at(-1).dispatchEvent(new Event('error'));
      return next();
    };
    answers.waits = Array.from({length: 7}, refuse);
    sources.at(-1).dispatchEvent(new Event('open'));
    answers.waits.push(refuse());
    Object.defineProperty(document, 'hidden', {value: true, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
    next();
    answers.open.push(open().length);
    return {...answers, told};
  });
  assert.deepEqual(found.open, [2, 1, 1, 1, 1, 1, 1, 0]);
  assert.deepEqual(found.told, ['of the first', 'of the second']);
  assert.ok(found.many, 'not the 200 most important stations');
  assert.deepEqual(
    found.waits,
    [1, 2, 4, 8, 16, 30, 30, 1].map((seconds) => 1000 * seconds)
  );
  await closePage(page);
});
