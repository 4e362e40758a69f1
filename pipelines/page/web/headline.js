// SPDX-License-Identifier: GPL-2.0-or-later
// What a card and a station's own page say at their top: name, title, genre, how sure, state.
import {setText} from './element.js';
import {isOver, paint, verdictOf} from './genres.js';
import {describeCertainty, describeState, describeTitle, describeVerdict} from './words.js';

const LONG = 9; // letters of a name, as in "Classical", beside which there is room in a card

// @nodes: {node, name, title, genre, certainty, state}; @node has all the others in it
export function showHeadline({node, name, title, genre, certainty, state}, station) {
  setText(name, station.name);
  setText(title, describeTitle(station));
  title.classList.toggle('is-missing', !station.title);
  tickHeadline({node, genre, state}, station);
  setText(certainty, describeCertainty(station));
  paint(node, verdictOf(station));
  node.classList.toggle('is-over', isOver(station));
  node.classList.toggle('is-down', station.state !== 'listening');
}

// What time changes: words of the genre, and tomorrow a time needs its day. Whether the former are
// others than before.
export function tickHeadline({node, genre, state}, station) {
  const before = genre.textContent;
  setText(genre, describeVerdict(station));
  setText(state, describeState(station));
  node.classList.toggle('is-long', genre.textContent.length > LONG);
  return genre.textContent !== before;
}
