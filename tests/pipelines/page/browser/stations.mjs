// SPDX-License-Identifier: GPL-2.0-or-later
// The few stations that most of the tests look at: good ones, dead ones, and one with an evil
// title.
import {Radio} from './radio.mjs';

const server = process.env.GENRE_STATIONS;
const STATIONS = [
  ['Good', `${server}/good.mp3`],
  ['Plain', `${server}/plain.mp3`],
  ['Évil <b>title</b>', `${server}/titles`],
  ['Gone', `${server}/nothing`],
  ['Forbidden', `${server}/forbidden`],
  ['Refused', 'http://127.0.0.1:9/refused'],
  ['Zebra 10', `${server}/good.mp3?10`],
  ['Zebra 9', `${server}/good.mp3?9`],
];
export const NAMES = STATIONS.map(([name]) => name);

export const few = new Radio(
  'few',
  STATIONS.map(([name, address]) => `${name} = ${address}`),
  ['--history', 'history.sqlite', '--interval', '2', '--window', '10', '--min-window', '6']
);

export async function startStations() {
  await few.start();
}

export async function findStation(name) {
  const answer = await fetch(`${few.url}/api/stations`);
  return (await answer.json()).stations.find((station) => station.name === name);
}
