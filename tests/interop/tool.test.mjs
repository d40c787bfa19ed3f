// The tool against code that nobody here wrote: npm's wechatpay-axios-plugin and wechatpay-node-v3, and Node's own crypto (OpenSSL).
// Keys are made at run time.
import assert from 'node:assert/strict';
import { sign } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { AesGcm, Formatter, NodeV3, Rsa } from './clients.mjs';
import { newFolder, openssl, run } from './helpers.mjs';
import { at, createMerchant, newKeys, paid, pem } from './merchant.mjs';

const merchant = createMerchant(newFolder(), 'merchant', { PlatformCertificateFiles: ['certificate.pem'], Tolerance: 300 });
const { config, file, keys, apiV3Key, notification } = merchant;
const stranger = newKeys();
const certificateSerial = 'F57AB';

before(() => {
  writeFileSync(file('stranger.pem'), pem(stranger.privateKey, 'pkcs8'));
  // A platform certificate by openssl, with a serial that begins with 0F.
  openssl('req', '-x509', '-new', '-key', file('stranger.pem'), '-subj', '/CN=Tenpay.com', '-days', '9', '-set_serial', '0x0F57AB', '-out', file('certificate.pem'));
});

const verify = (body, { change = (text) => text, when, extra, ...signing } = {}) => merchant.verify(merchant.sign(body, signing), change(body), { when, extra });

test('verify accepts what another SDK signs and seals', () => {
  const result = verify(notification(paid));
  assert.equal(result.status, 0);
  assert.equal(result.ok, true);
  assert.equal(result.event, 'TRANSACTION.SUCCESS');
  assert.equal(result.case, 'PaymentSucceeded');
  assert.deepEqual(result.anomalies, []);
  assert.deepEqual(result.resource, paid);
});

test('verify finds a certificate by its number, whatever the zeros and the case', () => {
  for (const serial of [certificateSerial, '0F57AB', '000f57ab']) {
    assert.equal(verify(notification(paid), { key: stranger.privateKey, serial, when: Math.floor(Date.now() / 1000), timestamp: Math.floor(Date.now() / 1000) }).ok, true);
  }
});

test('verify names each refusal', () => {
  const good = notification(paid);
  const cases = [
    ['signature_mismatch', 'Reject', verify(good, { key: stranger.privateKey })],
    ['signature_mismatch', 'Reject', verify(good, { change: (text) => JSON.stringify(JSON.parse(text), null, 1) })],
    ['unknown_serial', 'RefreshKeys', verify(good, { serial: 'ABCDEF' })],
    ['key_not_current', 'RefreshKeys', verify(good, { key: stranger.privateKey, serial: certificateSerial })],
    ['outside_tolerance', 'Reject', verify(good, { when: at + 301 })],
    ['outside_tolerance', 'Reject', verify(good, { when: at - 301 })],
    ['malformed_header', 'Reject', verify(good, { extra: ['Wechatpay-Nonce: twice'] })],
    ['unsupported_signature_type', 'Reject', verify(good, { extra: ['Wechatpay-Signature-Type: WECHATPAY2-SM2-WITH-SM3'] })],
    ['decryption_failed', 'RetryLater', verify(notification(paid, (text, _key, nonce, aad) => AesGcm.encrypt(text, 'x'.repeat(32), nonce, aad)))],
    ['malformed_resource', 'RetryLater', verify(notification({ ...paid, amount: { total: '1' } }))],
    ['malformed_envelope', 'RetryLater', verify('{"id":"EV-1"}')],
  ];
  for (const [code, remedy, result] of cases) {
    assert.deepEqual([result.status, result.ok, result.error, result.remedy], [1, false, code, remedy]);
    assert.ok(result.message.length > 10 && result.advice.length > 10);
  }
});

test('verify accepts a difference of exactly 300 seconds, both ways', () => {
  for (const when of [at + 300, at - 300]) {
    assert.equal(verify(notification(paid), { when }).ok, true);
  }
});

test('verify keeps numbers exact and names odd fields', () => {
  const result = verify(notification('{"mchid":"1","out_trade_no":"a","transaction_id":"b","trade_state":"SUCCESS","amount":{"total":9223372036854775807,"payer_total":"x"},"later":1.50}'));
  assert.equal(result.case, 'PaymentSucceeded');
  assert.deepEqual(result.anomalies, ['$.amount.payer_total']);
  assert.match(result.stdout, /"total":9223372036854775807,/);
  assert.match(result.stdout, /"later":1\.50/);
});

test('other SDKs verify what sign makes', () => {
  writeFileSync(file('request'), '{"description":"一杯茶"}');
  const { status, stdout } = run('sign', '--config', config, '--method', 'POST', '--url', '/v3/pay/transactions/native', '--body', file('request'), '--at', String(at), '--nonce', 'abc', '--json');
  assert.equal(status, 0);
  const { authorization, message } = JSON.parse(stdout);
  assert.equal(message, Formatter.request('POST', '/v3/pay/transactions/native', at, 'abc', readFileSync(file('request'), 'utf8')));
  const parts = Object.fromEntries([...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  assert.deepEqual([parts.mchid, parts.nonce_str, parts.timestamp, parts.serial_no], ['1900000001', 'abc', String(at), 'AB']);
  assert.ok(Rsa.verify(message, parts.signature, pem(keys.publicKey, 'spki')));
  assert.ok(!Rsa.verify(message + ' ', parts.signature, pem(keys.publicKey, 'spki')));
  // RSA with PKCS#1 v1.5 is deterministic: the other client's signature is the same text.
  const other = new NodeV3({ appid: 'wx', mchid: '1900000001', serial_no: 'AB', publicKey: Buffer.from('unused'), privateKey: pem(keys.privateKey, 'pkcs8'), key: apiV3Key });
  assert.equal(other.sha256WithRsa(message), parts.signature);
  assert.equal(sign('RSA-SHA256', Buffer.from(message), keys.privateKey).toString('base64'), parts.signature);
});

test('decrypt opens what another SDK seals, and nothing else', () => {
  const ciphertext = AesGcm.encrypt('plain ü', apiV3Key, '0123456789ab', 'certificate');
  const open = (nonce, aad) => run('decrypt', '--config', config, '--nonce', nonce, '--associated-data', aad, '--ciphertext', ciphertext);
  assert.deepEqual(open('0123456789ab', 'certificate'), { status: 0, stdout: 'plain ü', stderr: '' });
  const refused = open('0123456789ab', 'other');
  assert.equal(refused.status, 1);
  assert.equal(refused.stdout, '');
  assert.match(refused.stderr, /decryption_failed/);
});

test('wrong usage and configuration end with 2, words on stderr, nothing on stdout', () => {
  writeFileSync(file('empty.json'), '{"WeChatPay":{}}');
  for (const args of [['verify'], ['nonsense'], ['verify', '--config', file('empty.json'), '--headers', file('headers'), '--body', file('body'), '--json'], ['verify', '--config', file('absent.json'), '--headers', 'x', '--body', 'y']]) {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.ok(stderr.length > 10);
  }
});
