// SPDX-License-Identifier: GPL-2.0-or-later
// genre-radio as the tests run it.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';

export class Radio {
  // @stations: lines of a stations file; @address: of the page, ADDRESS:PORT
  constructor(name, stations, options = [], address = '127.0.0.1:0') {
    this.file = `${name}.txt`;
    writeFileSync(this.file, `${stations.join('\n')}\n`);
    this.options = ['--quiet', '--stations', this.file, ...options];
    this.address = address;
    Radio.#all.add(this);
  }

  static #all = new Set();

  // Also those that a failed test has left.
  static async stopAll() {
    await Promise.all([...Radio.#all].map((radio) => radio.stop()));
  }

  // Resolves when it serves its page.
  start() {
    this.process = spawn(process.env.GENRE_RADIO, [...this.options, '--listen', this.address], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.errors = '';
    return new Promise((resolve, reject) => {
      this.process.on('exit', (status) =>
        reject(new Error(`genre-radio ended with ${status}: ${this.errors}`))
      );
      this.process.stderr.on('data', (data) => {
        this.errors += data;
        const found = /listening on (http:\S+)\//.exec(this.errors);
        if (!found) return;
        this.url = found[1];
        this.address = new URL(this.url).host;
        resolve();
      });
    });
  }

  // From now on it listens to @stations.
  reload(stations) {
    writeFileSync(this.file, `${stations.join('\n')}\n`);
    this.process.kill('SIGHUP');
  }

  async stop(signal = 'SIGTERM') {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    const end = once(this.process, 'exit');
    this.process.kill(signal);
    await end;
  }
}
