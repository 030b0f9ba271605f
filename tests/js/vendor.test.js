import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const FOLDER = 'static/vendor/simplewebauthn-browser-14.0.0';

test('the hash in base.html and in the README is the hash of the vendored file', () => {
  const hash = createHash('sha384').update(readFileSync(new URL(`${FOLDER}/index.umd.min.js`, root))).digest('base64');
  assert.ok(read('templates/base.html').includes(`integrity="sha384-${hash}"`));
  assert.ok(read(`${FOLDER}/README.md`).includes(`sha384-${hash}`));
  assert.ok(read('templates/base.html').includes(FOLDER.replace('static/', '')));
});

test('the templates keep to the content security policy and to the prefix', () => {
  for (const name of readdirSync(new URL('templates/', root))) {
    const text = read(`templates/${name}`);
    assert.doesNotMatch(text, /<style|\sstyle=|\son[a-z]+="/i, `${name}: no inline styles or handlers`);
    assert.doesNotMatch(text, /<script(?![^>]*\ssrc=)/i, `${name}: no inline script`);
    assert.doesNotMatch(text, /(href|src|action)="\//i, `${name}: no absolute path`);
  }
});

const SCRIPTS = readdirSync(new URL('static/js/', root), { recursive: true }).filter((name) => name.endsWith('.js'));

test('the scripts never parse data as HTML and stay short', () => {
  assert.ok(SCRIPTS.length >= 13, `found ${SCRIPTS}`);
  for (const name of SCRIPTS) {
    const text = read(`static/js/${name}`);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\.style\b/, name);
    assert.ok(text.split('\n').length <= 200, `${name} has at most 200 lines`);
  }
});

test('the pages speak the API that is theirs, and one line knows where it is', () => {
  const named = SCRIPTS.flatMap((name) => read(`static/js/${name}`).match(/[\w${}/]*\/api\b(?!\.js)/g) ?? []);
  assert.deepEqual(named, ['${base}/account/api']);
});
