// SPDX-License-Identifier: GPL-2.0-or-later
// classify.js FILE: the genre of samples in a file, 32-bit floats at 44,100 Hz, two channels
imports.gi.versions.Genre = '0.1';
const {Genre, GLib} = imports.gi;
const [, bytes] = GLib.file_get_contents(ARGV[0]);
const samples = new Float32Array(bytes.slice().buffer);
const answer = Genre.Model.load_default().classify(samples, 44100, 2);
print(answer.get_genre(), answer.get_confidence().toFixed(6), answer.get_music().toFixed(6));
