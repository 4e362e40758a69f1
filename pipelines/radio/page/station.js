// SPDX-License-Identifier: GPL-2.0-or-later
// The page of one station: what is on its card, larger, with its day and its songs.
import {AnswerError, ConnectionLine, Events, Poll, getJson} from './connection.js';
import {Day} from './day.js';
import {setText} from './element.js';
import {paint, setGenres, verdictOf} from './genres.js';
import {getHome} from './home.js';
import {Panel} from './panel.js';
import {Minutes} from './ribbon.js';
import {showSongs} from './songs.js';
import {
  describeCertainty,
  describeState,
  describeTitle,
  describeVerdict,
  formatClock,
} from './words.js';

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
let panel = null;
let lastTitle = null;

const events = new Events(
  {
    station(station) {
      if (station.id !== id) return;
      show(station);
      if (station.title !== lastTitle) poll.now();
      lastTitle = station.title;
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
  setText(find('name'), station.name);
  document.title = `${station.name} – genre-radio`;
  setText(find('title'), describeTitle(station));
  find('title').classList.toggle('is-missing', !station.title);
  setText(find('genre'), describeVerdict(station));
  setText(find('certainty'), describeCertainty(station));
  setText(find('state'), describeState(station));
  paint(find('one'), verdictOf(station));
  find('one').classList.toggle('is-down', station.state !== 'listening');
  find('one').classList.toggle('is-sure', verdictOf(station) !== null);
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
  if (!panel) setGenres(station.genres ?? (await getJson('/api/stations')).genres);
  show(station);
  day.show(new Minutes(station.day));
  showSongs(station, {body: find('songs'), scroller: find('scroller'), none: find('no-songs')});
  events.watch([id]);
}

function tick() {
  setText(find('clock'), formatClock(Date.now()));
  panel?.tick();
}
setInterval(tick, 1000);
window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  panel?.redraw();
  day.redraw();
});
find('home').href = getHome();

tick();
const poll = new Poll(load, PERIOD, line);
