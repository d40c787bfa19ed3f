// The platform's certificates: `wechatpay certificates` and both clients from npm download and unseal them from the simulator, and have the same in hand; openssl says what they are.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { AesGcm, axiosSettings, isSigned, nodeV3For, Wechatpay } from './clients.mjs';
import { headerLines, newFolder, openssl, order, receive, run, simulate } from './helpers.mjs';

let platform; let modern; let shop;

before(async () => {
  [platform, modern, shop] = await Promise.all([simulate('--sign-with', 'Certificate'), simulate('--public-key-only'), receive()]);
});

const writeConfig = (from, settings) => {
  const file = join(newFolder(), 'merchant.json');
  const { MerchantId, MerchantSerial, MerchantPrivateKeyFile, ApiV3Key, BaseAddress } = from.settings;
  writeFileSync(file, JSON.stringify({ WeChatPay: { MerchantId, MerchantSerial, MerchantPrivateKeyFile: join(from.folder, MerchantPrivateKeyFile), ApiV3Key, BaseAddress, ...settings } }));
  return file;
};

/** What our command downloads; no key of the platform is configured. */
const download = (from, settings = {}) => {
  const folder = newFolder();
  const { status, stdout } = run('certificates', '--config', writeConfig(from, settings), '--output', folder, '--json');
  return { status, folder, ...JSON.parse(stdout) };
};

/** What axios plugin downloads, as its own downloader does: unsealed first, then the answer is verified with what was in it. */
const downloadByAxios = async (from, apiV3Key = from.settings.ApiV3Key) => {
  const settings = axiosSettings(from, { certs: { any: undefined } });
  const { client } = new Wechatpay(settings);
  const found = {};
  const unseal = (response) => {
    for (const { serial_no: serial, encrypt_certificate: { nonce, associated_data: aad, ciphertext } } of JSON.parse(response).data ?? []) {
      found[serial] = settings.certs[serial] = AesGcm.decrypt(ciphertext, apiV3Key, nonce, aad);
    }
    return response;
  };
  await client.v3.get('v3/certificates', { transformResponse: [unseal, ...client.v3.defaults.transformResponse] });
  return found;
};

const x509 = (file, ...what) => openssl('x509', '-noout', '-in', file, ...what).toString();

test('our command writes what both clients unseal, and openssl reads the same serial, days and key in it', async () => {
  const ours = download(platform);
  const [axios, nodeV3] = await Promise.all([downloadByAxios(platform), nodeV3For(platform).get_certificates(platform.settings.ApiV3Key)]);
  assert.deepEqual([ours.status, ours.ok, ours.certificates.length], [0, true, 1]);
  const [{ serial, file, not_before: notBefore, not_after: notAfter }] = ours.certificates;
  assert.equal(file, join(ours.folder, `wechatpay_${serial}.pem`));
  assert.deepEqual(axios, { [serial]: readFileSync(file, 'utf8') });
  assert.deepEqual(nodeV3.map((entry) => entry.serial_no), [serial]);
  assert.equal(nodeV3[0].publicKey.trim(), x509(file, '-pubkey').trim());
  assert.equal(x509(file, '-serial'), `serial=${serial}\n`);
  const dates = x509(file, '-dates').match(/(?<==).*/g).map((date) => Date.parse(date));
  assert.deepEqual(dates, [notBefore, notAfter].map((date) => Date.parse(date)));
  assert.equal(Date.parse(nodeV3[0].expire_time), dates[1]);
});

test('what axios plugin downloads verifies callbacks in our tool; what our command downloads verifies them in axios plugin', async () => {
  const [[serial, certificate]] = Object.entries(await downloadByAxios(platform));
  await new Wechatpay(axiosSettings(platform, { certs: { [serial]: certificate } })).chain('v3/pay/transactions/native').post(order(platform.merchantId, 'certified-1', shop.url));
  await platform.control('pay/certified-1');
  const callback = await shop.next();
  assert.equal(isSigned(callback, readFileSync(download(platform).certificates[0].file)), true);

  const folder = newFolder();
  const file = (name, text) => { writeFileSync(join(folder, name), text); return join(folder, name); };
  const verify = (text) => {
    const config = writeConfig(platform, { PlatformCertificateFiles: [file('certificate.pem', text)] });
    const { status, stdout } = run('verify', '--config', config, '--headers', file('headers', headerLines(callback.headers)), '--body', file('body', callback.body), '--json');
    return [status, JSON.parse(stdout).error ?? JSON.parse(stdout).case];
  };
  assert.deepEqual(verify(certificate), [0, 'PaymentSucceeded']);
  // Another platform's certificate; the same under the serial that the callback names.
  const another = (name) => openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'another.key'), '-subj', '/CN=Tenpay.com', '-days', '9', '-set_serial', `0x${name}`);
  assert.deepEqual(verify(another('57AB')), [1, 'unknown_serial']);
  assert.deepEqual(verify(another(serial)), [1, 'signature_mismatch']);
});

/** How our command and axios plugin refuse a download: both, or an assertion fails. */
const refusals = async (from, settings) => {
  const { status, error, message, folder } = download(from, settings);
  assert.deepEqual([status, readdirSync(folder)], [1, []]);
  const theirs = await downloadByAxios(from, settings?.ApiV3Key).then(() => 'taken', (failure) => failure.code ?? failure.message);
  return [error, message, theirs];
};

test('answers that are not the platform\'s are refused by our command as by axios plugin, and nothing is written', async () => {
  for (const [wrong, reason, theirs] of [
    ['wrong-key', /signature was not made with the key/, 'EV3_RES_HEADER_SIGNATURE_DIGEST'],
    ['tampered', /signature was not made with the key/, 'EV3_RES_HEADER_SIGNATURE_DIGEST'],
    ['stale', /timestamp/, 'EV3_RES_HEADER_TIMESTAMP_OFFSET'],
    ['unsigned', /header .* is absent/, 'EV3_RES_HEADERS_INCOMPLATE'],
  ]) {
    await platform.control(`misbehave/${wrong}`);
    const [error, message, code] = await refusals(platform);
    assert.deepEqual([error, code], ['untrusted_answer', theirs], wrong);
    assert.match(message, reason);
  }
  await platform.control('misbehave/none');
});

test('another APIv3 key opens nothing, and a merchant in public key mode has nothing to download', async () => {
  const [untrusted, message, theirs] = await refusals(platform, { ApiV3Key: 'x'.repeat(32) });
  assert.equal(untrusted, 'untrusted_answer');
  assert.match(message, /APIv3 key does not open/);
  assert.match(theirs, /unable to authenticate/);
  const [none, , status] = await refusals(modern);
  assert.deepEqual([none, status], ['no_platform_certificates', 'ERR_BAD_REQUEST']);
});
