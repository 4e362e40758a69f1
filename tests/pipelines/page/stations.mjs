// SPDX-License-Identifier: GPL-2.0-or-later
// The few stations that most of the tests look at: good ones, dead ones, and one with an evil title.
import {Radio} from './radio.mjs';

const server = process.env.GENRE_STATIONS;
export const NAMES = ['Good', 'Plain', 'Évil <b>title</b>', 'Gone', 'Forbidden', 'Refused', 'Zebra 10', 'Zebra 9'];
const ADDRESSES = ['good.mp3', 'plain.mp3', 'titles', 'nothing', 'forbidden', null, 'good.mp3?10', 'good.mp3?9'];

export const few = new Radio('few', NAMES.map((name, i) =>
  `${name} = ${ADDRESSES[i] === null ? 'http://127.0.0.1:9/refused' : `${server}/${ADDRESSES[i]}`}`),
  ['--history', 'history.sqlite', '--interval', '2', '--window', '10', '--min-window', '6']);

export async function startStations() {
  await few.start();
}

export async function findStation(name) {
  const answer = await fetch(`${few.url}/api/stations`);
  return (await answer.json()).stations.find((station) => station.name === name);
}
