// SPDX-License-Identifier: GPL-2.0-or-later
// The way to genre-radio: what it tells at once, and what it tells as it happens.
import {setText} from './element.js';

const ANSWER_WITHIN = 10000; // ms
const QUIET = 250; // ms for which what is wanted has to stay the same
const LEAST_WAIT = 1000,
  MOST_WAIT = 30000; // ms between tries
const MOST_STATIONS = 200; // of one event stream
const LONGEST_SILENCE = 40000; // ms, of a stream that says every 15 s that it is alive

// @status: of HTTP; 0: there was no answer, or only a part of it
export class AnswerError extends Error {
  constructor(status) {
    super(
      status === 401 || status === 403
        ? 'genre-radio wants its token: open the page once with ?token=… behind its address'
        : `genre-radio answers ${status}`
    );
    this.status = status;
  }
}

let ahead = 0; // ms that the clock of genre-radio is ahead of ours

// What its clock says.
export function getTime() {
  return Date.now() + ahead;
}

export async function getJson(path) {
  const answer = await fetch(path, {
    cache: 'no-cache',
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  }).catch(() => {
    throw new AnswerError(0);
  });
  const difference = Date.parse(answer.headers.get('Date')) - Date.now();
  ahead = Math.abs(difference) > 2000 ? difference : 0; // its header tells seconds only
  if (!answer.ok) throw new AnswerError(answer.status);
  return answer.json().catch(() => {
    throw new AnswerError(0);
  });
}

const LOST = 'Connection to genre-radio lost, trying again';

// The line that says how the connection is, the only one that a screen reader is told at once.
export class ConnectionLine {
  #node;
  #faults = new Map(); // what is wrong, by who has found it
  #clearing = 0;

  constructor(node) {
    this.#node = node;
  }

  lose(who, fault) {
    clearTimeout(this.#clearing);
    this.#faults.set(who, fault);
    this.#show();
  }

  regain(who) {
    if (!this.#faults.delete(who)) return;
    if (this.#faults.size > 0) {
      this.#show();
      return;
    }
    document.body.classList.remove('is-lost');
    setText(this.#node, 'Connected to genre-radio again');
    this.#clearing = setTimeout(() => setText(this.#node, ''), 5000);
  }

  // That there is no connection explains all the others.
  #show() {
    const faults = [...this.#faults.values()];
    setText(this.#node, faults.includes(LOST) ? LOST : faults[0]);
    document.body.classList.add('is-lost');
  }
}

// Calls @load now and every @period ms while the page is seen; after a fault more often, less and
// less so.
export class Poll {
  #load;
  #period;
  #line;
  #timer = 0;
  #wait = LEAST_WAIT;
  #running = false;
  #again = false;

  constructor(load, period, line) {
    this.#load = load;
    this.#period = period;
    this.#line = line;
    document.addEventListener('visibilitychange', () => this.now());
    addEventListener('online', () => this.now());
    this.now();
  }

  // What is asked for while an answer is under way is asked once more.
  async now() {
    clearTimeout(this.#timer);
    if (document.hidden) return;
    this.#again = this.#running;
    if (this.#running) return;
    this.#running = true;
    let wait = this.#period;
    try {
      await this.#load();
      this.#wait = LEAST_WAIT;
      this.#line.regain(this);
    } catch (error) {
      if (!(error instanceof AnswerError)) reportError(error); // it is ours
      this.#line.lose(this, error.status > 0 ? `${error.message}; trying again` : LOST);
      wait = this.#wait;
      this.#wait = Math.min(2 * this.#wait, MOST_WAIT);
    }
    this.#running = false;
    this.#timer = setTimeout(() => this.now(), this.#again ? 0 : wait);
  }
}

// One event stream for the stations that are seen. While it is replaced the old one goes on until
// the new one is there. Where a connection has broken off without a word the browser waits for
// ever: a stream that said that it is alive, and says nothing more, is asked for again. @handlers:
// {station, spectrogram, minute, stations}, each called with the object.
export class Events {
  #handlers;
  #line;
  #wanted = [];
  #asked = '';
  #source = null;
  #next = null;
  #timer = 0;
  #wait = LEAST_WAIT;
  #saysAlive = false; // what #source is: an older genre-radio does not
  #silence = 0; // the timer of a stream that is to come, or to go on

  constructor(handlers, line) {
    this.#handlers = handlers;
    this.#line = line;
    document.addEventListener('visibilitychange', () => this.#schedule(0));
    addEventListener('pagehide', () => this.#close());
    addEventListener('pageshow', (event) => event.persisted && this.#schedule(0));
  }

  // @ids: the most important ones first
  watch(ids) {
    this.#wanted = ids.slice(0, MOST_STATIONS);
    this.#schedule(this.#source || this.#next ? QUIET : 50);
  }

  // Everything is to be told from the beginning, even if the same stations are watched.
  renew() {
    this.#asked = '';
    this.watch(this.#wanted);
  }

  #schedule(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), wait);
  }

  #close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#next?.close();
    this.#source = this.#next = null;
    this.#asked = '';
  }

  #open() {
    const ids = [...this.#wanted].sort().join(',');
    if (document.hidden || ids === '') {
      this.#close();
      if (ids === '') this.#line.regain(this); // who asks for nothing misses nothing
      return;
    }
    if (ids === this.#asked) return;
    this.#asked = ids;
    this.#next?.close();
    const source = new EventSource(`/api/events?stations=${ids}&spectrogram=1`);
    this.#next = source;
    this.#expect();
    source.addEventListener('open', () => this.#opened(source));
    source.addEventListener('error', () => this.#failed(source));
    source.addEventListener('alive', () => {
      if (source !== this.#source) return;
      this.#saysAlive = true;
      this.#heard();
    });
    for (const [name, handler] of Object.entries(this.#handlers))
      source.addEventListener(name, (event) => {
        if (source !== this.#source) return;
        this.#heard();
        handler(JSON.parse(event.data));
      });
  }

  #opened(source) {
    this.#wait = LEAST_WAIT;
    if (source === this.#next) {
      this.#source?.close();
      this.#source = source;
      this.#next = null;
    }
    this.#saysAlive = false;
    if (!this.#next) clearTimeout(this.#silence);
    this.#line.regain(this);
  }

  #expect() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#giveUp(), LONGEST_SILENCE);
  }

  // While another stream is to come, that is waited for.
  #heard() {
    if (this.#saysAlive && !this.#next) this.#expect();
  }

  #giveUp() {
    this.#line.lose(this, LOST);
    this.#close();
    this.#schedule(0);
  }

  // The browser itself tries again, unless the answer was no event stream.
  #failed(source) {
    if (source !== this.#source && source !== this.#next) return;
    if (source.readyState !== EventSource.CLOSED) {
      this.#line.lose(this, LOST);
      this.#expect();
      return;
    }
    this.#line.lose(this, 'genre-radio sends nothing live just now, trying again');
    this.#close();
    this.#schedule(this.#wait);
    this.#wait = Math.min(2 * this.#wait, MOST_WAIT);
  }
}
