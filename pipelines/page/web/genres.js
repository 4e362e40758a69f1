// SPDX-License-Identifier: GPL-2.0-or-later
// Genres: their names, and one colour each, the same everywhere and always.
import {element} from './element.js';

// Chosen by search: as far apart as possible for full colour vision and for each of the three kinds
// of colour blindness, each within the hues that people expect of the genre.
const KNOWN = {
  blues: '#0e66c8',
  classical: '#9c7c22',
  country: '#f9d630',
  disco: '#cb6595',
  hiphop: '#9583fa',
  jazz: '#4ec2de',
  metal: '#6d507e',
  pop: '#e79e6a',
  reggae: '#94eebf',
  rock: '#a21924',
};
// Genres of other models go by their place in the model.
const OTHERS = Object.values(KNOWN);

let genres = []; // {id, name}, in the order of the model
let byId = new Map();

// Whether they were others before, as when genre-radio begins anew with another model.
export function setGenres(list) {
  if (JSON.stringify(list) === JSON.stringify(genres)) return false;
  genres = list;
  byId = new Map(
    list.map((genre, place) => [
      genre.id,
      {name: genre.name, colour: KNOWN[genre.id] ?? OTHERS[place % OTHERS.length]},
    ])
  );
  return true;
}

export function getGenres() {
  return genres;
}

export function nameOf(id) {
  return byId.get(id)?.name ?? id;
}

// null for what is no genre: the stylesheet knows those.
export function colourOf(id) {
  return byId.get(id)?.colour ?? null;
}

// What is heard at a station, or null if that cannot be said: a genre's id, 'unknown', 'no music'
// or 'silence'.
export function verdictOf(station) {
  if (station.state !== 'listening' || station.genre === null) return null;
  if (station.reason === 'silence' || station.reason === 'no music') return station.reason;
  return station.genre;
}

// Whether the verdict is of the song before: nobody knows yet what plays now.
export function isOver(station) {
  return Boolean(station.final) && verdictOf(station) !== null;
}

// How sure the verdict is, or null. How probable something is that nobody would name says nothing.
export function certaintyOf(station) {
  switch (verdictOf(station)) {
    case null:
    case 'unknown':
    case 'silence':
      return null;
    case 'no music':
      return station.music === null ? null : 1 - station.music;
    default:
      return station.confidence;
  }
}

// A character of a day's minutes: a genre's id, 'unknown', 'no music', 'silence' or null (not
// heard).
export function readMinute(character) {
  switch (character) {
    case '-':
      return 'no music';
    case '_':
      return 'silence';
    case '?':
      return 'unknown';
    case ' ':
      return null;
    default:
      return genres[parseInt(character, 36)]?.id ?? 'unknown';
  }
}

// Marks what shows a verdict, or null, with its colour.
export function paint(node, verdict) {
  const colour = verdict === null ? null : colourOf(verdict);
  if (colour) node.style.setProperty('--genre', colour);
  else node.style.removeProperty('--genre');
  node.classList.toggle('is-unknown', verdict === 'unknown');
  node.classList.toggle('is-talk', verdict === 'no music');
  node.classList.toggle('is-silence', verdict === 'silence');
  node.classList.toggle('is-unheard', verdict === null);
}

// A spot of a verdict's colour, for beside its name.
export function makeSwatch(verdict) {
  const swatch = element('span', {'class': 'swatch', 'aria-hidden': 'true'});
  paint(swatch, verdict);
  return swatch;
}
