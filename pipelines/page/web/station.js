// SPDX-License-Identifier: GPL-2.0-or-later
// The page of one station: what is on its card, larger, with its day and its songs.
import {AnswerError, ConnectionLine, Events, Poll, getJson} from './connection.js';
import {Day} from './day.js';
import {setText} from './element.js';
import {setGenres} from './genres.js';
import {showHeadline} from './headline.js';
import {getHome} from './home.js';
import {Panel} from './panel.js';
import {Minutes} from './ribbon.js';
import {showSongs} from './songs.js';
import {formatClock} from './words.js';

const PERIOD = 60000; // ms between looks at songs and day

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

// Another one: there are songs to be looked at. The title of a song comes before the final answer
// of the one before it, with which that is written into the history.
function songOf(station) {
  return JSON.stringify([station.title, station.final]);
}

const events = new Events(
  {
    station(station) {
      show(station);
      if (songOf(station) !== lastSong) poll.now();
      lastSong = songOf(station);
    },
    spectrogram(event) {
      panel?.pushSpectrogram(event);
    },
    minute(event) {
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
  panel ??= new Panel(find('live'), station.name);
  panel.update(station);
  showHeadline(headline, station);
  document.title = `${station.name} – genre-radio`;
}

async function load() {
  let station;
  try {
    station = await getJson(`/api/stations/${encodeURIComponent(id)}`);
  } catch (error) {
    if (!(error instanceof AnswerError && error.status === 404)) throw error;
    setText(find('state'), 'genre-radio does not listen to this station any more');
    return;
  }
  if (setGenres(station.genres) && panel) {
    panel.close();
    panel = null;
    events.renew();
  }
  show(station);
  lastSong = songOf(station);
  day.show(new Minutes(station.day));
  showSongs(station, {body: find('songs'), scroller: find('scroller'), none: find('no-songs')});
  events.watch([id]);
}

function tick() {
  setText(find('clock'), formatClock(Date.now()));
  panel?.tick();
}
setInterval(tick, 1000);
find('home').href = getHome();

tick();
const poll = new Poll(load, PERIOD, line);
