// SPDX-License-Identifier: GPL-2.0-or-later
// Chromium, and what the tests ask of a page in it. Everything is waited for, and nothing by the
// clock.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {few} from './stations.mjs';

const require = createRequire(`${process.env.GENRE_PAGE_MODULES}/`);
const {chromium} = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export const PATIENCE = 120000; // ms; machines that test are busy ones

let browser = null;

export async function openBrowser() {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox'],
    timeout: PATIENCE,
  });
}

export async function closeBrowser() {
  await browser?.close();
}

// A page at @url. page.faults has what it complained of: errors in its scripts and what its policy
// forbids. A connection that broke is none of these: it is told to the reader, and found again.
export async function openPage(url, options = {}) {
  const context = await browser.newContext({
    viewport: {width: 1280, height: 800},
    colorScheme: 'dark',
    locale: 'en-GB',
    timezoneId: 'Asia/Kolkata',
    ...options,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.stack));
  page.on('dialog', (dialog) => page.faults.push(`dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/^Failed to load resource: net::/.test(message.text()))
      page.faults.push(message.text());
  });
  await page.goto(url);
  return page;
}

// An empty page of few's, in which its modules can be tried.
export async function openEmptyPage() {
  const page = await openPage('about:blank');
  await page.route('**/empty', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body:
        '<!DOCTYPE html><html lang="en"><title>Empty</title>' +
        '<link rel="icon" href="/page/icon.svg"><link rel="stylesheet" href="/page/page.css">',
    })
  );
  await page.goto(`${few.url}/empty`);
  return page;
}

export async function closePage(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

// Resolves as soon as @what, run in the page with @argument, returns something true.
export function until(page, what, argument) {
  return page.waitForFunction(what, argument, {timeout: PATIENCE, polling: 100});
}

// Resolves as soon as @check passes: of what changes every few seconds one look may come too early.
export async function eventually(check) {
  const deadline = Date.now() + PATIENCE;
  for (;;)
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof assert.AssertionError) || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
}

// Looks at everything now, as it would do anyway sooner or later.
export function poll(page) {
  return page.evaluate(() => dispatchEvent(new Event('online')));
}

export function card(page, name) {
  return page.locator('.card', {has: page.locator('h2', {hasText: name})});
}

export function names(page) {
  return page.locator('.card:not([hidden]) h2').allTextContents();
}

// The violations of WCAG 2.2 AA and of good practice that axe finds.
export async function findViolations(page) {
  const session = await page.context().newCDPSession(page);
  // what the test brings along is not the page's
  await session.send('Page.setBypassCSP', {enabled: true});
  await page.evaluate(axe);
  const {violations} = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({id, nodes}) =>
    `${id}: ${nodes.map((node) => node.html).join(' ')}`.slice(0, 1000)
  );
}

export function takePicture(page, name) {
  return page.screenshot({path: `${process.env.GENRE_PAGE_PICTURES}/${name}.png`});
}
