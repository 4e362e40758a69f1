// SPDX-License-Identifier: GPL-2.0-or-later
// The wall as it was last looked at in this tab, searched and sorted. A page cannot ask where its
// reader came from: no address is told on.
const KEY = 'wall';

// @query: of the wall's address, '' or beginning with '?'
export function rememberWall(query) {
  try {
    sessionStorage.setItem(KEY, query);
  } catch {
    // browsers may be told to store nothing
  }
}

// The address of the wall.
export function getHome() {
  try {
    return `/${sessionStorage.getItem(KEY) ?? ''}`;
  } catch {
    return '/';
  }
}
