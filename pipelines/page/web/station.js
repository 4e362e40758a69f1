// SPDX-License-Identifier: GPL-2.0-or-later
// The page of one station: what is on its card, larger, with its day and its songs.
import {AnswerError, ConnectionLine, Events, Poll, getJson, getTime} from './connection.js';
import {Day} from './day.js';
import {setText} from './element.js';
import {setGenres} from './genres.js';
import {showHeadline, tickHeadline} from './headline.js';
import {getHome} from './home.js';
import {Panel} from './panel.js';
import {Minutes} from './ribbon.js';
import {showSongs} from './songs.js';
import {formatClock} from './words.js';

const PERIOD = 60000; // ms between looks at songs and day
const GONE = 'genre-radio does not listen to this station any more';

const find = (id) => document.getElementById(id);
const id = decodeURIComponent(location.pathname.split('/').pop());
const line = new ConnectionLine(find('connection'));
const day = new Day({
  canvas: find('day'),
  shares: find('shares'),
  hours: find('hours'),
  hint: find('hint'),
});
const headline = {
  node: find('one'),
  name: find('name'),
  title: find('title'),
  genre: find('genre'),
  certainty: find('certainty'),
  state: find('state'),
};
let panel = null;
let lastSong = '';
let shown = null; // the station, as it was told last
let told = {station: null, minutes: []}; // by events, since it was asked for

// Another one: there are songs to be looked at. The title of a song comes before the final answer
// of the one before it, with which that is written into the history.
function songOf(station) {
  return JSON.stringify([station.title, station.final, station.final && station.lastAnswer]);
}

const events = new Events(
  {
    station(station) {
      told.station = station;
      show(station);
      if (songOf(station) !== lastSong) poll.now();
      lastSong = songOf(station);
    },
    spectrogram(event) {
      panel?.pushSpectrogram(event);
    },
    minute(event) {
      told.minutes.push(event);
      panel?.addMinute(event);
      day.add(event);
    },
    stations() {
      poll.now();
      events.renew();
    },
  },
  line
);

function show(station) {
  shown = station;
  panel ??= new Panel(find('live'), station.name);
  panel.update(station);
  showHeadline(headline, station);
  document.title = `${station.name} – genre-radio`;
}

function showGone() {
  if (shown?.error === GONE) return;
  show({
    name: find('name').textContent,
    ...shown,
    hour: null,
    state: 'ended',
    error: GONE,
    retryIn: null,
    title: null,
    genre: null,
    since: new Date(getTime()).toISOString(),
  });
}

// What an event has told meanwhile is newer than the answer.
async function load() {
  let answer;
  told = {station: null, minutes: []};
  try {
    answer = await getJson(`/api/stations/${encodeURIComponent(id)}`);
  } catch (error) {
    if (!(error instanceof AnswerError && error.status === 404)) throw error;
    showGone();
    return;
  }
  const station = {...answer, ...told.station, hour: null}; // which has grown since
  if (setGenres(station.genres) && panel) {
    panel.close();
    panel = null;
    events.renew();
  }
  show(station);
  lastSong = songOf(station);
  day.show(new Minutes(station.day));
  for (const event of told.minutes) day.add(event);
  showSongs(station, {body: find('songs'), scroller: find('scroller'), none: find('no-songs')});
  events.watch([id]);
}

function tick() {
  setText(find('clock'), formatClock(Date.now()));
  panel?.tick();
  if (shown) tickHeadline(headline, shown);
}
setInterval(tick, 1000);
find('home').href = getHome();

tick();
const poll = new Poll(load, PERIOD, line);
