// @ts-check
// What this browser remembers of what a person did, such as by which way they confirmed last. Never needed: some
// browsers keep nothing, and then everything works as on the first day.

const PREFIX = 'passline:';

/** @param {string} name @returns {string} '' for nothing */
export function recall(name) {
  try {
    return localStorage.getItem(PREFIX + name) ?? '';
  } catch {
    return '';
  }
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // It will be asked or offered again.
  }
}
