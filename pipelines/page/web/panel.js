// SPDX-License-Identifier: GPL-2.0-or-later
// What is heard at one station, live: spectrogram, probabilities, music or talk, the last hour.
import {observeCanvas, releaseCanvas} from './canvas.js';
import {element, setAttribute, setText} from './element.js';
import {getGenres, makeSwatch, paint, verdictOf} from './genres.js';
import {Minutes, describeMinutes, drawRibbon} from './ribbon.js';
import {Spectrogram} from './spectrogram.js';
import {describeFault, formatMinutes, formatPercent, nameVerdict} from './words.js';

const WORDS_OF_HOUR = 3; // genres named under the ribbon

export class Panel {
  #station = null;
  #lastError = null;
  #minutes = null;
  #spectrogram = null;
  #bars = new Map();

  // Builds itself inside @container; genres are known by then.
  constructor(container, name) {
    this.container = container;
    this.#name = name;
    this.#build();
    observeCanvas(this.#ribbon, () => this.#redraw());
  }

  #name;
  #canvas;
  #fault;
  #music;
  #musicBar;
  #ribbon;
  #hour;

  #build() {
    this.#canvas = element('canvas', {
      'class': 'spectrogram',
      'role': 'img',
      'aria-label': `Spectrogram of ${this.#name}, the last seconds`,
    });
    this.#fault = element('p', {class: 'fault'});
    this.#music = element('span', {class: 'value'});
    this.#musicBar = element(
      'span',
      {'class': 'track', 'aria-hidden': 'true'},
      element('span', {class: 'bar'})
    );
    const list = element('ul', {'class': 'bars', 'aria-label': 'Probability of each genre'});
    for (const genre of getGenres()) list.append(this.#buildBar(genre));
    this.#ribbon = element('canvas', {
      'class': 'ribbon',
      'role': 'img',
      'aria-label': 'The last hour',
    });
    this.#hour = element('p', {'class': 'hour-words', 'aria-hidden': 'true'});
    this.container.replaceChildren(
      element('div', {class: 'scope'}, this.#canvas, this.#fault),
      element(
        'p',
        {class: 'music'},
        element('span', {class: 'label'}, 'music'),
        ' ',
        this.#music,
        this.#musicBar
      ),
      list,
      this.#hour,
      this.#ribbon
    );
  }

  #buildBar(genre) {
    const bar = element('span', {class: 'bar'});
    const value = element('span', {class: 'value'});
    const item = element(
      'li',
      {},
      element('span', {class: 'label'}, genre.name),
      ' ',
      value,
      element('span', {'class': 'track', 'aria-hidden': 'true'}, bar)
    );
    paint(item, genre.id);
    this.#bars.set(genre.id, {item, bar, value});
    return item;
  }

  close() {
    releaseCanvas(this.#ribbon);
    this.#spectrogram?.close();
    this.container.replaceChildren();
  }

  // @station: as the event tells it, or a summary, which has neither probabilities nor an hour
  update(station) {
    this.#station = {...this.#station, ...station};
    if (station.state !== 'connecting') this.#lastError = station.error;
    if (station.hour) this.#showMinutes(new Minutes(station.hour));
    this.#showSpectrogram();
    this.#showProbabilities();
    this.tick();
  }

  #showSpectrogram() {
    const listening = this.#station.state === 'listening';
    this.container.classList.toggle('is-down', !listening);
    this.container.classList.toggle('is-broken', this.#station.state === 'broken');
    if (listening && !this.#spectrogram) {
      this.#spectrogram = new Spectrogram(this.#canvas);
    } else if (!listening && this.#spectrogram) {
      this.#spectrogram.close();
      this.#spectrogram = null;
    }
  }

  #showProbabilities() {
    const {probabilities, music} = this.#station;
    const verdict = verdictOf(this.#station);
    const known = Boolean(probabilities) && verdict !== null && verdict !== 'silence';
    for (const [id, {item, bar, value}] of this.#bars) {
      const probability = known ? (probabilities[id] ?? 0) : 0;
      bar.style.setProperty('--share', probability.toFixed(3));
      setText(value, known ? formatPercent(probability) : '–');
      item.classList.toggle('is-first', known && id === verdict);
    }
    const heard = music !== null && music !== undefined && verdict !== null;
    this.#musicBar.firstChild.style.setProperty('--share', (heard ? music : 0).toFixed(3));
    setText(this.#music, heard ? formatPercent(music) : '–');
  }

  // What time changes.
  tick() {
    const trying = this.#station.state === 'connecting' && this.#lastError;
    setText(
      this.#fault,
      trying ? `${this.#lastError}; trying again` : describeFault(this.#station)
    );
  }

  pushSpectrogram(event) {
    this.#spectrogram?.push(event);
  }

  addMinute({minute, genre}) {
    if (!this.#minutes) return;
    this.#minutes.add(Date.parse(minute), genre);
    this.#showMinutes(this.#minutes);
  }

  #showMinutes(minutes) {
    this.#minutes = minutes;
    const counts = minutes.count();
    setAttribute(this.#ribbon, 'aria-label', `The last hour: ${describeMinutes(counts)}`);
    this.#hour.replaceChildren(
      ...counts
        .slice(0, WORDS_OF_HOUR)
        .map(([verdict, n]) =>
          element(
            'span',
            {class: 'share'},
            makeSwatch(verdict),
            `${nameVerdict(verdict)} ${formatMinutes(n)}`
          )
        )
    );
    this.#redraw();
  }

  #redraw() {
    if (this.#minutes) drawRibbon(this.#ribbon, this.#minutes);
  }
}
