// SPDX-License-Identifier: GPL-2.0-or-later
// What the page says in words.
import {getTime} from './connection.js';
import {certaintyOf, isOver, nameOf, verdictOf} from './genres.js';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

const dateAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const wholeDateAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const LONG = 90; // s without an answer, after which that is said
const MOST_DAYS = 6 * 86400000; // ms in which no day of the week comes twice

export function formatCount(n) {
  return n.toLocaleString('en');
}

export function formatPercent(probability) {
  return `${Math.round(100 * probability)} %`;
}

export function formatClock(time) {
  return clock.format(time);
}

// With the day of the week if it is not today's, with the date if that is not clear, with
// the year if it is not this one.
export function formatTime(time) {
  const now = new Date();
  const then = new Date(time);
  if (now.toDateString() === then.toDateString()) return clock.format(time);
  if (Math.abs(now - then) < MOST_DAYS) return dayAndClock.format(time);
  const thisYear = now.getFullYear() === then.getFullYear();
  return (thisYear ? dateAndClock : wholeDateAndClock).format(time);
}

export function formatMinutes(minutes) {
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0
    ? `${minutes / 60} h`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function formatSeconds(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

// 3:07, or 1:02:03
export function formatLength(seconds) {
  const s = Math.max(0, Math.round(seconds));
  const two = (n) => String(n).padStart(2, '0');
  return s < 3600
    ? `${Math.floor(s / 60)}:${two(s % 60)}`
    : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

const LISTENING = 'listening …';

export function nameVerdict(verdict) {
  return verdict === null ? 'not heard' : nameOf(verdict);
}

// As nameVerdict(); 'none': what is not heard, 'listening': of which there is no answer.
export function nameGroup(group) {
  if (group === 'listening') return LISTENING;
  return nameVerdict(group === 'none' ? null : group);
}

// It is heard, and nobody knows what: for how long, where something was known.
function describeListening(station) {
  const last = station.lastAnswer ? Date.parse(station.lastAnswer) : 0;
  const seconds = (getTime() - last) / 1000;
  if (last < Date.parse(station.since) || seconds < LONG) return LISTENING;
  return `nothing new for ${formatSeconds(seconds)}`;
}

// "Jazz", or "before: Jazz" of the song before, and if there is none yet, why.
export function describeVerdict(station) {
  const verdict = verdictOf(station);
  if (verdict !== null) return (isOver(station) ? 'before: ' : '') + nameVerdict(verdict);
  switch (station.state) {
    case 'listening':
      return describeListening(station);
    case 'connecting':
      return 'connecting …';
    case 'waiting':
      return 'down';
    case 'broken':
      return 'broken';
    default:
      return 'ended';
  }
}

export function describeCertainty(station) {
  const certainty = certaintyOf(station);
  return certainty === null ? '' : formatPercent(certainty);
}

// What is wrong, "" if nothing is.
export function describeFault(station) {
  if (station.state === 'listening' || station.state === 'connecting') return '';
  if (station.state === 'ended') return station.error ?? 'there is no more of it';
  const why = station.error ?? 'no reason was given';
  if (station.retryIn === null) return why;
  const left = (Date.parse(station.since) - getTime()) / 1000 + station.retryIn;
  return left < 1 ? `${why}; trying again` : `${why}; next try in ${formatSeconds(left)}`;
}

// A station that is down changes its state with every try.
export function describeState(station) {
  const words = {
    listening: 'since',
    connecting: 'since',
    waiting: 'last tried',
    broken: 'last tried',
    ended: 'at',
  };
  return `${words[station.state] ?? station.state} ${formatTime(Date.parse(station.since))}`;
}

export function describeTitle(station) {
  if (station.title) return station.title;
  return station.state === 'listening' ? 'no title' : '';
}
