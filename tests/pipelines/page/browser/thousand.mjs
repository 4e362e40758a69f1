// SPDX-License-Identifier: GPL-2.0-or-later
// A thousand stations: what is seen is asked for and drawn, the rest is not, and the page stays
// awake.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {closePage, eventually, openPage, until} from './browser.mjs';
import {Radio} from './radio.mjs';

const N = 1000,
  ALIVE = 20;
const MARGIN = 160; // pixels beyond the window that may be asked for
const LONGEST_TASK = 500; // ms of processor time; a busy machine takes more of it, too

// Of each task of the page's main thread.
async function traceTasks(page, work) {
  const session = await page.context().browser().newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({value}) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: {
      includedCategories: ['toplevel', 'disabled-by-default-devtools.timeline', '__metadata'],
    },
  });
  await work();
  const done = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await done;
  const main = new Set(
    events
      .filter(({name, args}) => name === 'thread_name' && args.name === 'CrRendererMain')
      .map(({pid, tid}) => `${pid}/${tid}`)
  );
  return events
    .filter(
      ({name, pid, tid, tdur}) =>
        /RunTask$/.test(name) && main.has(`${pid}/${tid}`) && tdur !== undefined
    )
    .map(({tdur}) => tdur / 1000);
}

// Every fiftieth is alive.
function name(_, i) {
  const alive = i % (N / ALIVE) === 0;
  return `Station ${i} = ${alive ? `${process.env.GENRE_STATIONS}/good.mp3?` : 'http://127.0.0.1:9/'}${i}`;
}

test('a thousand stations', async (context) => {
  const radio = new Radio('thousand', Array.from({length: N}, name));
  await radio.start();
  const asked = [];
  const page = await openPage('about:blank');
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/api/events') asked.push(url.searchParams.get('stations').split(','));
  });
  const look = () =>
    page.evaluate(
      (margin) => ({
        ids: [...document.querySelectorAll('.card:not([hidden])')]
          .filter((node) => {
            const {top, bottom} = node.getBoundingClientRect();
            return bottom > -margin && top < innerHeight + margin;
          })
          .map((node) => node.dataset.id)
          .sort(),
        drawn: document.querySelectorAll('.spectrogram').length,
      }),
      MARGIN
    );
  // what is asked for is what is seen, sooner or later, and no more is drawn
  const settle = async () => {
    const seen = await eventually(async () => {
      const {ids, drawn} = await look();
      const last = [...(asked.at(-1) ?? [])].sort();
      assert.ok(
        ids.length > 0 && last.join() === ids.join() && drawn === ids.length,
        `${last} is asked for, ${ids} is seen, ${drawn} spectrograms are drawn`
      );
      return ids;
    });
    assert.ok(seen.length < 100);
    return seen;
  };
  const tasks = await traceTasks(page, async () => {
    await page.goto(radio.url);
    await until(page, (n) => document.querySelectorAll('.card').length === n, N);
    const first = await settle();
    for (let i = 1; i <= 20; i++) {
      await page.evaluate(
        (share) => scrollTo(0, share * document.documentElement.scrollHeight),
        i / 20
      );
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
      );
    }
    const last = await settle();
    assert.ok(!last.some((id) => first.includes(id)));
    await page.selectOption('#order', 'name');
    await page.fill('#search', 'station 95');
    await until(page, () => document.querySelectorAll('.card:not([hidden])').length === 20);
    await settle();
    await page.fill('#search', '');
    await until(page, (n) => document.querySelectorAll('.card:not([hidden])').length === n, N);
    await settle();
  });
  assert.ok(tasks.length > 100, `only ${tasks.length} tasks were traced`);
  const longest = Math.max(...tasks);
  context.diagnostic(`the longest of ${tasks.length} tasks took ${longest.toFixed(0)} ms`);
  assert.ok(longest < LONGEST_TASK, `a task took ${longest} ms`);
  await closePage(page);
  await radio.stop();
});
