// SPDX-License-Identifier: GPL-2.0-or-later
// A station on the wall. Its words are always there; the live part only while it is seen.
import {element, setText} from './element.js';
import {certaintyOf, paint, verdictOf} from './genres.js';
import {Panel} from './panel.js';
import {describeCertainty, describeState, describeTitle, describeVerdict} from './words.js';

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
    this.#title = element('p', {class: 'title', dir: 'auto'});
    this.#swatch = element('span', {'class': 'swatch', 'aria-hidden': 'true'});
    this.#genre = element('span', {class: 'genre'});
    this.#certainty = element('span', {class: 'certainty'});
    this.#state = element('span', {class: 'state'});
    this.#live = element('div', {class: 'live'});
    this.node = element(
      'li',
      {class: 'card'},
      element('h2', {class: 'name'}, this.link),
      this.#title,
      element('p', {class: 'verdict'}, this.#swatch, this.#genre, this.#certainty, this.#state),
      this.#live
    );
    this.update(station);
  }

  #title;
  #swatch;
  #genre;
  #certainty;
  #state;
  #live;

  update(station) {
    this.station = station;
    this.#searched = null;
    setText(this.link, station.name);
    setText(this.#title, describeTitle(station));
    this.#title.classList.toggle('is-missing', !station.title);
    setText(this.#genre, describeVerdict(station));
    setText(this.#certainty, describeCertainty(station));
    setText(this.#state, describeState(station));
    const verdict = verdictOf(station);
    paint(this.node, verdict);
    this.node.classList.toggle('is-down', station.state !== 'listening');
    this.node.classList.toggle('is-sure', verdict !== null);
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
  }

  pushSpectrogram(event) {
    this.#panel?.pushSpectrogram(event);
  }

  addMinute(event) {
    this.#panel?.addMinute(event);
  }

  redraw() {
    this.#panel?.redraw();
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

  get group() {
    return verdictOf(this.station) ?? 'none';
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
      Card.#collator.compare(describeVerdict(a.station), describeVerdict(b.station)),
    state: (a, b) => STATES.indexOf(a.station.state) - STATES.indexOf(b.station.state),
    sure: (a, b) => (certaintyOf(b.station) ?? -1) - (certaintyOf(a.station) ?? -1),
  };

  static #collator = new Intl.Collator(undefined, {numeric: true, sensitivity: 'base'});

  // Genres first, then what is none, then what is not heard.
  static #rankGenre(card) {
    return {'none': 2, 'unknown': 1, 'silence': 1, 'no music': 1}[card.group] ?? 0;
  }
}
