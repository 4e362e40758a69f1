// SPDX-License-Identifier: GPL-2.0-or-later
// How many stations play what: a band across the wall and a button for each genre, which leaves
// only its stations.
import {element, setAttribute, setText} from './element.js';
import {getGenres, makeSwatch, paint} from './genres.js';
import {formatCount, nameGroup} from './words.js';

const NO_GENRES = ['unknown', 'no music', 'silence', 'listening', 'none'];

export class Tally {
  #band;
  #list;
  #parts = new Map();
  #choose;

  // @choose: called with the group that is to be seen alone, or ''
  constructor(band, list, choose) {
    this.#band = band;
    this.#list = list;
    this.#choose = choose;
    this.chosen = '';
  }

  // Once genres are known.
  build() {
    this.#parts.clear();
    this.#band.replaceChildren();
    this.#list.replaceChildren();
    const groups = [...getGenres().map((genre) => genre.id), ...NO_GENRES];
    for (const group of groups) this.#buildPart(group);
    this.recall(this.chosen);
  }

  #buildPart(group) {
    const verdict = group === 'none' || group === 'listening' ? null : group;
    const stripe = element('span', {class: 'stripe'});
    paint(stripe, verdict);
    const count = element('span', {class: 'count'});
    const button = element(
      'button',
      {'type': 'button', 'aria-pressed': 'false'},
      makeSwatch(verdict),
      element('span', {}, nameGroup(group)),
      ' ',
      count
    );
    button.addEventListener('click', () => this.choose(this.chosen === group ? '' : group));
    this.#band.append(stripe);
    this.#list.append(element('li', {}, button));
    this.#parts.set(group, {stripe, button, count});
  }

  // What was chosen, without telling anybody; until genres are known it may be any.
  recall(group) {
    this.chosen = this.#parts.size === 0 || this.#parts.has(group) ? group : '';
    for (const [each, {button}] of this.#parts)
      setAttribute(button, 'aria-pressed', String(each === this.chosen));
  }

  choose(group) {
    this.recall(group);
    this.#choose();
  }

  show(cards) {
    const counts = new Map();
    for (const card of cards) counts.set(card.group, (counts.get(card.group) ?? 0) + 1);
    for (const [group, {stripe, button, count}] of this.#parts) {
      const n = counts.get(group) ?? 0;
      setText(count, formatCount(n));
      stripe.style.setProperty('flex-grow', String(n));
      button.classList.toggle('is-none', n === 0);
    }
  }
}
