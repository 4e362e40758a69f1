// SPDX-License-Identifier: GPL-2.0-or-later
// The wall: a card for each station. Of a thousand only those that are seen are asked for and
// drawn.
import {Card} from './card.js';
import {ConnectionLine, Events, Poll, getJson} from './connection.js';
import {setText} from './element.js';
import {setGenres} from './genres.js';
import {rememberWall} from './home.js';
import {Tally} from './tally.js';
import {formatClock, formatCount} from './words.js';

const PERIOD = 15000; // ms between looks at all stations
const COUNTING = 250; // ms between counts of what events have told
const AT_ONCE = 100; // cards made in one go
const MARGIN = '160px'; // beyond the edge of the window, so that who scrolls meets no empty card

const find = (id) => document.getElementById(id);
const list = find('stations'),
  search = find('search'),
  order = find('order'),
  view = find('view');
const line = new ConnectionLine(find('connection'));
const tally = new Tally(find('band'), find('tally'), () => arrange(true));
const cards = new Map();
const seen = new Set();
const told = new Set(); // ids of those of which an event has told since all were asked for

// ---- what is seen

const observer = new IntersectionObserver(
  (entries) => {
    let renewed = false;
    for (const {target, isIntersecting} of entries) {
      const card = cards.get(target.dataset.id);
      if (!card) continue;
      if (isIntersecting) {
        renewed ||= !card.isShown;
        seen.add(card);
        card.show();
      } else {
        seen.delete(card);
        card.hide();
      }
    }
    watch();
    if (renewed) events.renew(); // a card that left and came back at once has forgotten its hour
  },
  {rootMargin: `${MARGIN} 0px`}
);

function watch() {
  events.watch([...seen].map((card) => card.id));
}

const events = new Events(
  {
    station(station) {
      const card = cards.get(station.id);
      if (!card) return;
      told.add(station.id);
      card.summary = null;
      card.update(station);
      countSoon();
    },
    spectrogram(event) {
      cards.get(event.id)?.pushSpectrogram(event);
    },
    minute(event) {
      cards.get(event.id)?.addMinute(event);
    },
    // others are listened to: of those that were unknown the stream does not tell
    stations() {
      poll.now();
      events.renew();
    },
  },
  line
);

// ---- all stations

async function load() {
  told.clear();
  const {genres, stations} = await getJson('/api/stations');
  if (setGenres(genres)) {
    tally.build();
    for (const card of seen) {
      card.hide();
      card.show();
    }
    events.renew();
  }
  await take(stations);
  arrange(false);
}

// Cards of stations that are new are made, a few at a time so that the page stays awake. What an
// event has told meanwhile is newer than the list.
async function take(stations) {
  const gone = new Set(cards.keys());
  let made = 0;
  for (const [place, station] of stations.entries()) {
    gone.delete(station.id);
    const card = cards.get(station.id);
    if (card) {
      card.place = place;
      if (told.has(station.id)) continue;
      if (JSON.stringify(card.summary) !== JSON.stringify(station)) card.update(station);
      card.summary = station;
      continue;
    }
    add(station, place);
    if (++made % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  for (const id of gone) remove(cards.get(id));
  if (gone.size > 0) watch();
}

function add(station, place) {
  const card = new Card(station, place);
  card.summary = station;
  card.node.dataset.id = station.id;
  cards.set(station.id, card);
  list.append(card.node);
  observer.observe(card.node);
}

// The keyboard goes on from the card beside it.
function passFocus(card) {
  if (!card.node.contains(document.activeElement)) return;
  const links = findLinks();
  const at = links.indexOf(card.link);
  (links[at + 1] ?? links[at - 1] ?? list).focus({preventScroll: true});
}

function remove(card) {
  passFocus(card);
  observer.unobserve(card.node);
  card.hide();
  seen.delete(card);
  cards.delete(card.id);
  card.node.remove();
}

// ---- search and sort

// How many of @all are shown. The one where the reader is stays, unless it was they who @asked.
function choose(all, asked) {
  const words = Card.readWords(search.value);
  let shown = 0;
  for (const card of all) {
    const wanted =
      ((tally.chosen === '' || card.group === tally.chosen) && card.matches(words)) ||
      (!asked && card.node.contains(document.activeElement));
    if (card.node.hidden === wanted) card.node.hidden = !wanted;
    shown += wanted;
  }
  return shown;
}

// Who reads or walks through the cards keeps them in their places (@asked: it was they who asked).
function arrange(asked) {
  const all = [...cards.values()];
  const shown = choose(all, asked);
  if (asked || !list.contains(document.activeElement)) sort(all);
  tally.show(all);
  tell(all, shown);
  if (asked) remember(shown);
}

// As the cards say now, each in its place. Soon: events come in swarms.
let counting = 0;
function countSoon() {
  counting ||= setTimeout(() => {
    const all = [...cards.values()];
    counting = 0;
    tally.show(all);
    tell(all, choose(all, false));
  }, COUNTING);
}

function sort(all) {
  const compare = Card.orders[order.value] ?? Card.orders.own;
  all.sort((a, b) => compare(a, b) || a.place - b.place);
  let child = list.firstElementChild;
  for (const card of all) {
    if (child === card.node) child = child.nextElementSibling;
    else list.insertBefore(card.node, child);
  }
}

function countStations(n) {
  return n === 1 ? '1 station' : `${formatCount(n)} stations`;
}

function tell(all, shown) {
  const listening = all.filter((card) => card.station.state === 'listening').length;
  setText(find('summary'), `${formatCount(listening)} of ${countStations(all.length)} heard`);
  setText(find('shown'), shown === all.length ? '' : `· ${formatCount(shown)}\u00a0shown`);
  find('nothing').hidden = shown > 0 || all.length === 0;
}

// In the address, so that a wall looks the same tomorrow, and for the way back to it.
function remember(shown) {
  const query = new URLSearchParams();
  if (search.value.trim() !== '') query.set('search', search.value.trim());
  if (tally.chosen !== '') query.set('genre', tally.chosen);
  if (order.value !== 'own') query.set('order', order.value);
  if (view.value !== 'full') query.set('view', view.value);
  const text = query.toString();
  history.replaceState(null, '', text === '' ? location.pathname : `?${text}`);
  rememberWall(location.search);
  setText(find('found'), `${countStations(shown)} shown`);
}

function recall() {
  const query = new URLSearchParams(location.search);
  search.value = query.get('search') ?? '';
  for (const [select, name] of [
    [order, 'order'],
    [view, 'view'],
  ])
    if ([...select.options].some((option) => option.value === query.get(name)))
      select.value = query.get(name);
  tally.recall(query.get('genre') ?? '');
  list.classList.toggle('is-compact', view.value === 'compact');
  rememberWall(location.search);
}

let typing = 0;
search.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => arrange(true), 120);
});
find('controls').addEventListener('submit', (event) => event.preventDefault());
order.addEventListener('change', () => arrange(true));
view.addEventListener('change', () => {
  list.classList.toggle('is-compact', view.value === 'compact');
  arrange(true);
});

// ---- keys: arrows go from card to card, up and down as they lie

function findLinks() {
  return [...list.querySelectorAll('.card:not([hidden]) a')];
}

function step(from, key) {
  const links = findLinks();
  const at = links.indexOf(from);
  const columns = getComputedStyle(list).gridTemplateColumns.split(' ').length;
  const steps = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns};
  if (key === 'Home' || key === 'End') return links[key === 'Home' ? 0 : links.length - 1];
  return links[at + steps[key]];
}

list.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  if (!/^(Arrow(Up|Down|Left|Right)|Home|End)$/.test(event.key) || event.target.tagName !== 'A')
    return;
  const to = step(event.target, event.key);
  event.preventDefault();
  to?.focus();
  to?.closest('li').scrollIntoView({block: 'nearest'});
});

// ---- time goes by

function tick() {
  setText(find('clock'), formatClock(Date.now()));
  for (const card of seen) card.tick();
}
setInterval(tick, 1000);

recall();
tick();
const poll = new Poll(load, PERIOD, line);
