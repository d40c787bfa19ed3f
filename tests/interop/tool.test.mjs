// The tool against code that nobody here wrote: npm's wechatpay-axios-plugin and wechatpay-node-v3, and Node's own crypto (OpenSSL).
// Keys are made at run time.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const require = createRequire(import.meta.url);
const { Aes: { AesGcm }, Formatter, Rsa } = require('wechatpay-axios-plugin');
const NodeV3 = require('wechatpay-node-v3');

const tool = process.env.WECHATPAY_TOOL ?? new URL('../../src/Cli/bin/Release/net10.0/wechatpay.dll', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'wechatpay-'));
const at = 1_760_000_000;
const publicKeyId = 'PUB_KEY_ID_0119000000012026010100000000000001';
const apiV3Key = createHash('md5').update(randomBytes(16)).digest('hex');
const merchant = generateKeyPairSync('rsa', { modulusLength: 2048 });
const platform = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const file = (name) => join(folder, name);
const pem = (key, type) => key.export({ type, format: 'pem' });
let certificateSerial;

before(() => {
  writeFileSync(file('merchant.pem'), pem(merchant.privateKey, 'pkcs8'));
  writeFileSync(file('platform.pem'), pem(platform.publicKey, 'spki'));
  writeFileSync(file('stranger.pem'), pem(stranger.privateKey, 'pkcs8'));
  // A platform certificate by openssl, with a serial that begins with 0F.
  execFileSync('openssl', ['req', '-x509', '-new', '-key', file('stranger.pem'), '-subj', '/CN=Tenpay.com', '-days', '9', '-set_serial', '0x0F57AB', '-out', file('certificate.pem')]);
  certificateSerial = 'F57AB';
  writeFileSync(file('merchant.json'), JSON.stringify({
    WeChatPay: {
      MerchantId: '1900000001', MerchantSerial: '00:ab'.replace(':', ''), MerchantPrivateKeyFile: 'merchant.pem', ApiV3Key: apiV3Key,
      PlatformPublicKeyId: publicKeyId, PlatformPublicKeyFile: 'platform.pem', PlatformCertificateFiles: ['certificate.pem'], Tolerance: 300,
    },
  }));
});
after(() => rmSync(folder, { recursive: true }));

const run = (...args) => {
  const { status, stdout, stderr } = spawnSync('dotnet', [tool, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

const paid = {
  mchid: '1900000001', appid: 'wx0000000000000001', out_trade_no: 'order-1', transaction_id: '4200000000000000000000000001', trade_type: 'NATIVE',
  trade_state: 'SUCCESS', trade_state_desc: '支付成功', success_time: '2026-01-31T08:00:00+08:00', payer: { openid: 'somebody' }, amount: { total: 1, payer_total: 1, currency: 'CNY' },
};

const notification = (resource, seal = AesGcm.encrypt, type = 'TRANSACTION.SUCCESS') => {
  const nonce = randomBytes(6).toString('hex');
  return JSON.stringify({
    id: 'EV-1', create_time: '2026-01-31T08:00:01+08:00', event_type: type, resource_type: 'encrypt-resource', summary: '支付成功',
    resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext: seal(typeof resource === 'string' ? resource : JSON.stringify(resource), apiV3Key, nonce, 'transaction'), associated_data: 'transaction', nonce },
  });
};

const verify = (body, { key = platform.privateKey, serial = publicKeyId, timestamp = at, when = at, change = (text) => text, extra = [] } = {}) => {
  const nonce = Formatter.nonce();
  writeFileSync(file('body'), change(body));
  writeFileSync(file('headers'), [
    `Wechatpay-Timestamp: ${timestamp}`, `wechatpay-nonce: ${nonce}`, `HTTP_WECHATPAY_SERIAL: ${serial}`,
    `Wechatpay-Signature: ${Rsa.sign(Formatter.response(timestamp, nonce, body), key)}`, ...extra,
  ].join('\r\n'));
  const { status, stdout } = run('verify', '--config', file('merchant.json'), '--headers', file('headers'), '--body', file('body'), '--at', String(when), '--json');
  return { status, stdout, ...JSON.parse(stdout) };
};

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
  const { status, stdout } = run('sign', '--config', file('merchant.json'), '--method', 'POST', '--url', '/v3/pay/transactions/native', '--body', file('request'), '--at', String(at), '--nonce', 'abc', '--json');
  assert.equal(status, 0);
  const { authorization, message } = JSON.parse(stdout);
  assert.equal(message, Formatter.request('POST', '/v3/pay/transactions/native', at, 'abc', readFileSync(file('request'), 'utf8')));
  const parts = Object.fromEntries([...authorization.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
  assert.deepEqual([parts.mchid, parts.nonce_str, parts.timestamp, parts.serial_no], ['1900000001', 'abc', String(at), 'AB']);
  assert.ok(Rsa.verify(message, parts.signature, pem(merchant.publicKey, 'spki')));
  assert.ok(!Rsa.verify(message + ' ', parts.signature, pem(merchant.publicKey, 'spki')));
  // RSA with PKCS#1 v1.5 is deterministic: the other client's signature is the same text.
  const other = new NodeV3({ appid: 'wx', mchid: '1900000001', serial_no: 'AB', publicKey: Buffer.from('unused'), privateKey: pem(merchant.privateKey, 'pkcs8'), key: apiV3Key });
  assert.equal(other.sha256WithRsa(message), parts.signature);
  assert.equal(sign('RSA-SHA256', Buffer.from(message), merchant.privateKey).toString('base64'), parts.signature);
});

test('decrypt opens what another SDK seals, and nothing else', () => {
  const ciphertext = AesGcm.encrypt('plain ü', apiV3Key, '0123456789ab', 'certificate');
  const open = (nonce, aad) => run('decrypt', '--config', file('merchant.json'), '--nonce', nonce, '--associated-data', aad, '--ciphertext', ciphertext);
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
