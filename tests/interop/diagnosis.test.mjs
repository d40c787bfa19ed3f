// Callbacks that real rewriters have changed on their way: JSON.stringify and others that write JSON, zlib, character sets, a merchant's other address.
// `wechatpay verify` refuses each, and its diagnosis names what was done; what it cannot know it does not claim.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { brotliCompressSync, deflateRawSync, deflateSync, gunzipSync, gzipSync } from 'node:zlib';
import { newFolder } from './helpers.mjs';
import { createMerchant, newKeys, paid } from './merchant.mjs';

const { stable } = createRequire(import.meta.url)('fast-safe-stringify');

const merchant = createMerchant(newFolder());
const other = createMerchant(newFolder(), 'other');
const third = createMerchant(newFolder(), 'third');
const original = merchant.notification(paid);
const bytes = Buffer.from(original);

/** What is said of a body that arrives so, when the platform signed it otherwise. */
const diagnose = (came, sent = original, how = {}) => {
  const { status, ok, error, diagnosis } = merchant.verify(merchant.sign(sent, how), came, how);
  assert.deepEqual([status, ok, error], [1, false, 'signature_mismatch'], 'refused, whatever the diagnosis');
  return diagnosis;
};

const isNamed = (name, diagnosis, cause, ...words) => {
  assert.equal(diagnosis?.cause, cause, name);
  for (const word of words) { assert.match(diagnosis.message, word, name); }
};

test('the callback as it was sent verifies', () => {
  const { status, ok, diagnosis } = merchant.verify(merchant.sign(original), original);
  assert.deepEqual([status, ok, diagnosis], [0, true, undefined]);
});

const [order, blanks, unicode, slashes] = [/keys are in another order/, /blanks or line ends between the parts/, /escaped as \\u/, /slashes are escaped/];
const raw = /raw bytes to the library/;

test('JSON.stringify: each layout is recognised, and so is what it does not write', () => {
  for (const indent of [1, 4, '\t']) {
    isNamed(`indent ${indent}`, diagnose(JSON.stringify(JSON.parse(original), null, indent)), 'json_rewritten', blanks, raw);
  }
  const rewrite = (text) => diagnose(JSON.stringify(JSON.parse(text)), text);
  isNamed('indents lost', rewrite(JSON.stringify(JSON.parse(original), null, 2)), 'json_rewritten', blanks);
  isNamed('\\/ lost', rewrite(original.replaceAll('/', '\\/')), 'json_rewritten', slashes);
  isNamed('\\u lost', rewrite(original.replace('支付成功', '\\u652f\\u4ed8\\u6210\\u529f')), 'json_rewritten', unicode);
});

/** Python's json.dumps; where there is a Python, it is asked whether it writes so. */
const dumps = (text) => {
  const form = JSON.stringify(JSON.parse(text), null, 1)
    .replace(/([{[])\n */g, '$1').replace(/\n *([}\]])/g, '$1').replace(/,\n */g, ', ')
    .replace(/[^\0-~]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const { status, stdout } = spawnSync('python3', ['-c', 'import json, sys; sys.stdout.write(json.dumps(json.loads(sys.stdin.buffer.read().decode())))'], { input: text, encoding: 'utf8' });
  assert.ok(status !== 0 || stdout === form, 'Python writes it otherwise');
  return form;
};

test('json.dumps and fast-safe-stringify: blanks, escapes and the order of the keys are recognised', () => {
  isNamed('json.dumps', diagnose(dumps(original)), 'json_rewritten', blanks, unicode);
  isNamed('sorted', diagnose(stable(JSON.parse(original))), 'json_rewritten', order, raw);
  isNamed('sorted, indented', diagnose(stable(JSON.parse(original), null, 2)), 'json_rewritten', order, blanks);
});

test('zlib: a body that was compressed, or decompressed, is recognised by the name of it', () => {
  for (const [name, came] of [['gzip', gzipSync(bytes)], ['deflate', deflateSync(bytes)], ['deflate', deflateRawSync(bytes)], ['br', brotliCompressSync(bytes)]]) {
    isNamed(name, diagnose(came), 'compression', new RegExp(`body is compressed \\(${name}\\)`), /decompress it before/);
  }
  // Of a hundred bodies there may be one that zlib and .NET compress differently; of three bodies one is enough.
  const unpacked = [1, 2, 3].map(() => gzipSync(merchant.notification(paid))).map((packed) => diagnose(gunzipSync(packed), packed));
  isNamed('gunzip', unpacked.find((diagnosis) => diagnosis), 'compression', /body was decompressed on the way \(gzip\)/, raw);
});

test('character sets: read in another one, or written in another one', () => {
  isNamed('GB 18030', diagnose(new TextDecoder('gb18030').decode(bytes)), 'character_set', /\(gb18030\)/, raw);
  // Some versions of Node decode this as Latin-1.
  isNamed('Windows-1252', diagnose(new TextDecoder('windows-1252').decode(bytes)), 'character_set', /\((windows-1252|iso-8859-1)\)/);
  isNamed('latin1, read', diagnose(bytes.toString('latin1')), 'character_set', /\(iso-8859-1\)/);
  isNamed('latin1, written: the Chinese is lost', diagnose(Buffer.from(original, 'latin1')), 'character_set', /\(other than UTF-8\)/);
  isNamed('ascii: the Chinese is lost', diagnose(bytes.toString('ascii')), 'character_set', /\(other than UTF-8\)/);
  isNamed('UTF-16', diagnose(Buffer.from(original, 'utf16le')), 'character_set', /\(utf-16\)/);
});

test('line ends and byte order marks, put on or taken off', () => {
  const [lf, crlf, marked] = [`${original}\n`, `${original}\r\n`, `\uFEFF${original}`];
  for (const [name, came] of [['LF', lf], ['CRLF', crlf], ['BOM and LF', `\uFEFF${lf}`]]) {
    isNamed(name, diagnose(came), 'blanks_around', /were added around the body/);
  }
  isNamed('LF lost', diagnose(lf.trim(), lf), 'blanks_around', /was taken off/);
  isNamed('BOM', diagnose(marked), 'byte_order_mark', /was put before the body/);
  isNamed('BOM lost, as TextDecoder does', diagnose(new TextDecoder().decode(Buffer.from(marked)), marked), 'byte_order_mark', /was taken off/);
});

test('headers that a form\'s decoder or a proxy has rewritten are named', () => {
  const diagnosisOf = (name, change, error) => {
    let headers;
    do { headers = merchant.sign(original); } while (!headers['Wechatpay-Signature'].includes('+'));
    const result = merchant.verify({ ...headers, [name]: change(headers[name]) }, original);
    assert.deepEqual([result.status, result.error], [1, error]);
    return result.diagnosis;
  };
  const asForm = (value) => new URLSearchParams(`h=${value}`).get('h');
  isNamed('form', diagnosisOf('Wechatpay-Signature', asForm, 'malformed_header'), 'header_rewritten', /Wechatpay-Signature/, /plus sign/);
  isNamed('percent', diagnosisOf('Wechatpay-Signature', encodeURIComponent, 'malformed_header'), 'header_rewritten', /Wechatpay-Signature/, /percent/);
});

test('another merchant\'s callback is named by the configuration that it fits; nobody\'s is not', () => {
  const others = [third.config, other.config];
  const signedBy = (signer, more) => {
    const { error, diagnosis } = merchant.verify(signer.sign(original, more), original, { others });
    assert.equal(error, 'signature_mismatch');
    return diagnosis;
  };
  isNamed('other', signedBy(other), 'other_merchant', new RegExp(other.config.replaceAll(/[.\\]/g, '\\$&')), /own path in notify_url/);
  isNamed('third', signedBy(third), 'other_merchant', new RegExp(third.config.replaceAll(/[.\\]/g, '\\$&')));
  assert.equal(signedBy(merchant, { key: newKeys().privateKey }), undefined);
});

test('another content is no rewriting: nothing is claimed', () => {
  for (const came of [original.replace('EV-1', 'EV-2'), JSON.stringify({ ...JSON.parse(original), event_type: 'REFUND.SUCCESS' }, null, 2), original.slice(0, -1), gzipSync(original.replace('EV-1', 'EV-2')), '']) {
    assert.equal(diagnose(came), undefined);
  }
});
