// SPDX-License-Identifier: GPL-2.0-or-later
// All tests of the page, in one process: genre-radio and Chromium are started once.
import {after, before} from 'node:test';
import {closeBrowser, openBrowser} from './browser.mjs';
import {Radio} from './radio.mjs';
import {startStations} from './stations.mjs';

before(async () => {
  await openBrowser();
  await startStations();
});
after(async () => {
  await closeBrowser();
  await Radio.stopAll();
});

await import('./units.mjs');
await import('./pictures.mjs');
await import('./wall.mjs');
await import('./station.mjs');
await import('./keyboard.mjs');
await import('./looks.mjs');
await import('./connection.mjs');
await import('./thousand.mjs');
