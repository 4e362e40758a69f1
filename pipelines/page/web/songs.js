// SPDX-License-Identifier: GPL-2.0-or-later
// The table of a station's songs, the newest first.
import {element} from './element.js';
import {makeSwatch, nameOf, verdictOf} from './genres.js';
import {describeCertainty, formatLength, formatTime} from './words.js';

// Of what has just begun nobody knows it yet.
function makeGenre(verdict) {
  return verdict === null
    ? element('td')
    : element('td', {}, makeSwatch(verdict), nameOf(verdict));
}

function makeRow(song) {
  const begin = Date.parse(song.begin);
  const length = song.end === null ? 'now' : formatLength((Date.parse(song.end) - begin) / 1000);
  const heard = {...song, state: 'listening'};
  return element(
    'tr',
    {},
    element('td', {class: 'number'}, formatTime(begin)),
    element('td', {class: 'number'}, length),
    element(
      'th',
      {scope: 'row', dir: 'auto', class: song.title ? '' : 'is-missing'},
      song.title ?? 'no title'
    ),
    makeGenre(verdictOf(heard)),
    element('td', {class: 'number'}, describeCertainty(heard))
  );
}

export function showSongs({songs, history}, {body, scroller, none}) {
  body.replaceChildren(...songs.map(makeRow));
  scroller.hidden = songs.length === 0;
  none.hidden = songs.length > 0;
  none.textContent = history
    ? 'No song was heard yet.'
    : 'Songs are kept where genre-radio runs with --history FILE.';
}
