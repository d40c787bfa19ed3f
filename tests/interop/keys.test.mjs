// The merchant's private key in the forms that openssl and people make of it, given to `wechatpay sign`:
// the good ones sign what `openssl dgst -sha256 -sign` signs, the bad ones are refused with what is wrong and how to mend it.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { newFolder, openssl, run } from './helpers.mjs';

const folder = newFolder();
const file = (name) => join(folder, name);
const text = (name) => readFileSync(file(name), 'utf8');
const body = (pem) => pem.replace(/-----[^-]+-----/g, '').trim();
const merchantId = '1900000001';
const password = 'pass word 密';

/** Runs openssl with `-out NAME` in the folder. */
const make = (name, ...args) => { openssl(...args, '-out', file(name)); return name; };
const write = (name, content) => { writeFileSync(file(name), content); return name; };

let serial;

before(() => {
  make('pkcs8.pem', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
  make('certificate.pem', 'req', '-x509', '-new', '-key', file('pkcs8.pem'), '-subj', '/CN=merchant', '-days', '9', '-set_serial', '0x0F57AB');
  serial = openssl('x509', '-noout', '-serial', '-in', file('certificate.pem')).toString().trim().replace('serial=', '').replace(/^0/, '');
});

/** What `sign` makes with a key; the settings replace or add to a configuration that holds nothing else. */
const sign = (settings) => {
  write('request', '{"description":"一杯茶"}');
  write('merchant.json', JSON.stringify({ WeChatPay: { MerchantId: merchantId, MerchantSerial: serial, ...settings } }));
  return run('sign', '--config', file('merchant.json'), '--method', 'POST', '--url', '/v3/pay/transactions/native', '--body', file('request'), '--at', '1760000000', '--nonce', 'abc', '--json');
};

const key = (name, more = {}) => ({ MerchantPrivateKeyFile: name, ...more });
const inText = (content, more = {}) => ({ MerchantPrivateKey: content, ...more });
const convert = (name, ...args) => make(name, ...args, '-in', file('pkcs8.pem'));
const encrypt = (name, ...args) => convert(name, 'pkcs8', '-topk8', '-passout', `pass:${password}`, ...args);
const archive = (name, secret, ...args) => make(name, 'pkcs12', '-export', '-inkey', file('pkcs8.pem'), '-in', file('certificate.pem'), '-passout', `pass:${secret}`, ...args);

const signsAlike = (name, settings) => {
  const { status, stdout, stderr } = sign(settings);
  assert.deepEqual([status, stderr], [0, ''], name);
  const { authorization, message } = JSON.parse(stdout);
  write('message', message);
  const expected = openssl('dgst', '-sha256', '-sign', file('pkcs8.pem'), file('message')).toString('base64');
  assert.deepEqual([authorization.match(/signature="([^"]*)"/)[1], authorization.match(/serial_no="([^"]*)"/)[1]], [expected, serial], name);
};

const isRefused = (name, settings, ...words) => {
  const { status, stdout, stderr } = sign(settings);
  assert.deepEqual([status, stdout], [2, ''], name);
  for (const word of words) { assert.match(stderr, word, name); }
  assert.doesNotMatch(stderr, /   at |Exception/, name);
};

test('a key signs alike in every form that openssl writes it in', () => {
  for (const [name, settings] of [
    ['PKCS#8', key('pkcs8.pem')],
    ['PKCS#1', key(convert('pkcs1.pem', 'pkey', '-traditional'))],
    ['PKCS#8 in DER', key(convert('pkcs8.der', 'pkcs8', '-topk8', '-nocrypt', '-outform', 'DER'))],
    ['PKCS#1 in DER', key(write('pkcs1.der', Buffer.from(body(text('pkcs1.pem')), 'base64')))],
    ['with its numbers in words before it', key(convert('words.pem', 'pkey', '-text'))],
    ['PKCS#12, opened by the merchant\'s number', key(archive('merchant.p12', merchantId))],
    ['PKCS#12, which has the serial in it', key('merchant.p12', { MerchantSerial: '' })],
    ['PKCS#12 as it was made of old', key(archive('old.p12', merchantId, '-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1'))],
    ['PKCS#12 with a password of its own', key(archive('own.p12', password), { MerchantPrivateKeyPassword: password })],
    ['PKCS#12 in base64', inText(readFileSync(file('merchant.p12')).toString('base64'))],
    ['what PKCS#12 is unpacked to, attributes and certificate with it', key(make('unpacked.pem', 'pkcs12', '-nodes', '-in', file('merchant.p12'), '-passin', `pass:${merchantId}`))],
    ['PKCS#8 behind a password', key(encrypt('encrypted.pem'), { MerchantPrivateKeyPassword: password })],
    ['PKCS#8 behind a password, in DER', key(encrypt('encrypted.der', '-outform', 'DER'), { MerchantPrivateKeyPassword: password })],
    ['PKCS#8 behind a password, as it was made of old', key(encrypt('old.pem', '-v1', 'PBE-SHA1-3DES'), { MerchantPrivateKeyPassword: password })],
    ['with its certificate, and no serial', key('pkcs8.pem', { MerchantSerial: '', MerchantCertificateFile: 'certificate.pem' })],
  ]) {
    signsAlike(name, settings);
  }
});

test('a key signs alike in every form that editors, settings and secret stores make of it', () => {
  const pem = text('pkcs8.pem');
  const lines = pem.trim().split('\n');
  for (const [name, settings] of [
    ['byte order mark', key(write('bom.pem', `\uFEFF${pem}`))],
    ['UTF-16, as some shells write it', key(write('utf16.pem', Buffer.from(`\uFEFF${pem}`, 'utf16le')))],
    ['CRLF', key(write('crlf.pem', pem.replaceAll('\n', '\r\n')))],
    ['CRLF and byte order mark, PKCS#1', key(write('crlf1.pem', `\uFEFF${text('pkcs1.pem').replaceAll('\n', '\r\n')}`))],
    ['no line end at the end', key(write('end.pem', pem.trim()))],
    ['blanks around every line', key(write('blanks.pem', lines.map((line) => `  ${line}  `).join('\n')))],
    ['one line', inText(lines.join(''))],
    ['one line with blanks for line ends', inText(lines.join(' '))],
    ['one line with \\n in two letters', inText(lines.join('\\n'))],
    ['one line with quotes around it', inText(`"${lines.join('\\n')}"`)],
    ['base64 alone, in lines', inText(body(pem))],
    ['base64 alone, in one line', inText(lines.slice(1, -1).join(''))],
    ['base64 alone, PKCS#1', inText(body(text('pkcs1.pem')).replaceAll('\n', ''))],
    ['the whole file in base64', inText(Buffer.from(pem).toString('base64'))],
  ]) {
    signsAlike(name, settings);
  }
});

test('a key behind a password says what to do, and the command that it names makes a key that signs', () => {
  const given = { MerchantPrivateKeyPassword: password };
  convert('traditional.pem', 'pkey', '-traditional', '-aes256', '-passout', `pass:${password}`);
  for (const [name, settings, word] of [
    ['PKCS#8', key(encrypt('secret.pem')), /is behind a password: .* set MerchantPrivateKeyPassword/],
    ['PKCS#1', key('traditional.pem'), /is behind a password/],
    ['PKCS#1, which no password opens here', key('traditional.pem', given), /is behind a password/],
    ['a cipher that .NET has not', key(encrypt('scrypt.pem', '-scrypt'), given), /password does not open .* cipher is one that is not read here/],
  ]) {
    isRefused(name, settings, word);
    const [, command] = sign(settings).stderr.match(/openssl (\S+) -in encrypted\.pem -out apiclient_key\.pem/);
    signsAlike(name, key(make('opened.pem', command, '-in', file(settings.MerchantPrivateKeyFile), '-passin', `pass:${password}`)));
  }
  isRefused('another password', key('secret.pem', { MerchantPrivateKeyPassword: 'another' }), /password does not open/, /MerchantPrivateKeyPassword/);
  isRefused('another password, PKCS#12', key('merchant.p12', { MerchantPrivateKeyPassword: 'another' }), /password does not open/, /merchant's number \(MerchantId\) unless MerchantPrivateKeyPassword/);
});

test('what is no key to sign with is refused by what it is, with where the right one is', () => {
  const where = /archive that the certificate tool wrote/;
  make('ec.pem', 'ecparam', '-name', 'prime256v1', '-genkey');
  for (const [name, settings, word] of [
    ['EC', key('ec.pem'), /is not an RSA key/],
    ['EC in PKCS#8', key(make('ec8.pem', 'pkcs8', '-topk8', '-nocrypt', '-in', file('ec.pem'))), /is not an RSA key/],
    ['Ed25519', key(make('ed25519.pem', 'genpkey', '-algorithm', 'ED25519')), /is not an RSA key/],
    ['1024 bits', key(make('short.pem', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024')), /has 1024 bits, it must have at least 2048/],
    ['the certificate', key('certificate.pem'), /holds a certificate, it is the wrong file/],
    ['the public key', key(convert('public.pem', 'pkey', '-pubout')), /holds a public key, it is the wrong file/],
    ['the request for the certificate', key(make('request.pem', 'req', '-new', '-key', file('pkcs8.pem'), '-subj', '/CN=merchant')), /holds a request for a certificate, it is the wrong file/],
    ['PKCS#12 without a key', key(make('certificates.p12', 'pkcs12', '-export', '-nokeys', '-in', file('certificate.pem'), '-passout', `pass:${merchantId}`)), /holds a certificate, it is the wrong file/],
    ['cut', key(write('cut.pem', text('pkcs8.pem').slice(0, 900))), /is not whole/],
    ['a letter lost', inText(text('pkcs8.pem').replace('M', '')), /is not whole/],
    ['empty', key(write('empty.pem', '\n')), /is empty/],
    ['words', key(write('words.txt', 'the key is in the safe\n')), /is not a key/],
  ]) {
    isRefused(name, settings, word, where);
  }
});

test('a key of another certificate, a serial of another, a name for a text: each is told apart', () => {
  make('another.pem', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048');
  const certificate = { MerchantCertificateFile: 'certificate.pem' };
  isRefused('another key', key('another.pem', certificate), /does not belong to the merchant's certificate F57AB/, /take both from the same archive/);
  isRefused('another serial', key('pkcs8.pem', { ...certificate, MerchantSerial: 'F57AC' }), /MerchantSerial says F57AC/, /leave MerchantSerial out/);
  isRefused('another serial, PKCS#12', key('merchant.p12', { MerchantSerial: 'F57AC' }), /MerchantSerial says F57AC/, /leave MerchantSerial out/);
  isRefused('no serial', key('pkcs8.pem', { MerchantSerial: '' }), /MerchantSerial is missing/, /openssl x509 -noout -serial -in apiclient_cert\.pem/);
  isRefused('a name for a text', inText('pkcs8.pem'), /given as a file's name/, /setting that ends in File/);
  isRefused('a text for a name', key(text('pkcs8.pem')), /holds the text of a key/, /setting without File/);
  isRefused('no such file', key('absent.pem'), /not there: absent\.pem/);
});
