// @ts-check
// The address of the page: whether passkeys work there, and the words it carries for one visit.

/**
 * @param {{origin: string, protocol: string, port: string}} here
 * @param {string[]} accepted the origins at which passkeys work, the usual one first
 * @returns {string} the origin to go to, '' when this one is right
 */
export function rightOrigin({ origin, protocol, port }, accepted) {
  if (accepted.includes(origin)) return '';
  const alike = accepted.find((each) => {
    const url = new URL(each);
    return url.protocol === protocol && url.port === port;
  });
  return alike ?? accepted[0] ?? '';
}

/**
 * Says that the page was opened where passkeys can't work, with a link to the same page where they do.
 * @param {HTMLElement} region
 * @param {string[]} accepted as above
 */
export function warnOfWrongAddress(region, accepted) {
  const right = rightOrigin(location, accepted);
  if (!right) return;
  const link = Object.assign(document.createElement('a'), {
    href: right + location.pathname + location.search,
    textContent: right,
  });
  const words = document.createElement('p');
  words.append(`You opened this page at ${location.origin}, where passkeys can't work. Open it at `, link, ' instead.');
  region.replaceChildren(words);
}

/**
 * Takes a flag such as "welcome=1" out of the address, so that no reload and no bookmark brings back what it says.
 * @param {string} name
 * @returns {boolean} whether it was there
 */
export function takeFlag(name) {
  const url = new URL(location.href);
  const set = url.searchParams.get(name) === '1';
  if (set) {
    url.searchParams.delete(name);
    history.replaceState(history.state, '', url);
  }
  return set;
}

/**
 * Where to go after a sign-in: the server checked it, and it must stay on this origin all the same.
 * @param {string} wanted
 * @param {string} usual
 * @param {{origin: string, href: string}} here
 * @returns {string}
 */
export function destination(wanted, usual, here = location) {
  try {
    const url = new URL(wanted || usual, here.href);
    return url.origin === here.origin ? url.href : usual;
  } catch {
    return usual;
  }
}
