// SPDX-License-Identifier: GPL-2.0-or-later
// A station on the wall. Its words are always there; the live part only while it is seen.
import {element} from './element.js';
import {certaintyOf, verdictOf} from './genres.js';
import {showHeadline, tickHeadline} from './headline.js';
import {Panel} from './panel.js';
import {describeVerdict, nameGroup} from './words.js';

// Lower case and without accents, for who searches.
function fold(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

const STATES = ['broken', 'waiting', 'connecting', 'ended', 'listening'];

export class Card {
  #panel = null;
  #searched = null;

  // @place: in the order of the stations file
  constructor(station, place) {
    this.id = station.id;
    this.place = place;
    this.link = element('a', {href: `/station/${encodeURIComponent(station.id)}`, dir: 'auto'});
    const title = element('p', {class: 'title', dir: 'auto'});
    const swatch = element('span', {'class': 'swatch', 'aria-hidden': 'true'});
    const genre = element('span', {class: 'genre'});
    const certainty = element('span', {class: 'certainty'});
    const state = element('span', {class: 'state'});
    this.#live = element('div', {class: 'live'});
    this.node = element(
      'li',
      {class: 'card'},
      element('h2', {class: 'name'}, this.link),
      title,
      element('p', {class: 'verdict'}, swatch, genre, certainty, state),
      this.#live
    );
    this.#headline = {node: this.node, name: this.link, title, genre, certainty, state};
    this.update(station);
  }

  #live;
  #headline;

  update(station) {
    this.station = station;
    this.#searched = null;
    showHeadline(this.#headline, station);
    this.#panel?.update(station);
  }

  get isShown() {
    return this.#panel !== null;
  }

  // What is live about it has to be told anew then.
  show() {
    if (this.#panel) return;
    this.#panel = new Panel(this.#live, this.station.name);
    this.#panel.update(this.station);
  }

  hide() {
    this.#panel?.close();
    this.#panel = null;
  }

  tick() {
    this.#panel?.tick();
    if (tickHeadline(this.#headline, this.station)) this.#searched = null;
  }

  pushSpectrogram(event) {
    this.#panel?.pushSpectrogram(event);
  }

  addMinute(event) {
    this.#panel?.addMinute(event);
  }

  // ---- search and sort

  // Has all of these words, folded, in what it says of itself.
  matches(words) {
    this.#searched ??= fold(
      [
        this.station.name,
        this.station.title ?? '',
        describeVerdict(this.station),
        this.station.genre ?? '',
        this.station.state,
        this.station.error ?? '',
      ].join('\n')
    );
    return words.every((word) => this.#searched.includes(word));
  }

  // A verdict, or what tells why there is none.
  get group() {
    return verdictOf(this.station) ?? (this.station.state === 'listening' ? 'listening' : 'none');
  }

  static readWords(text) {
    return fold(text)
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  static orders = {
    own: (a, b) => a.place - b.place,
    name: (a, b) => Card.#collator.compare(a.station.name, b.station.name),
    genre: (a, b) =>
      Card.#rankGenre(a) - Card.#rankGenre(b) ||
      Card.#collator.compare(nameGroup(a.group), nameGroup(b.group)),
    state: (a, b) => STATES.indexOf(a.station.state) - STATES.indexOf(b.station.state),
    sure: (a, b) => (certaintyOf(b.station) ?? -1) - (certaintyOf(a.station) ?? -1),
  };

  static #collator = new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'});

  // Genres first, then what is none, then what nobody knows, then what is not heard.
  static #rankGenre(card) {
    const ranks = {'none': 3, 'listening': 2, 'unknown': 1, 'silence': 1, 'no music': 1};
    return ranks[card.group] ?? 0;
  }
}
