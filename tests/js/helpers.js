// What several tests need.

/** A promise with its handles, to decide in a test when something "happens". */
export function deferred() {
  let resolve, reject;
  const promise = new Promise((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}

/** Lets everything that is ready to run do so. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export const jsonResponse = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } });

/** Like WebAuthnError of the library: a name from its cause, and a code. */
export function libraryError(code, name) {
  return Object.assign(new Error('from the library'), { code, name });
}
