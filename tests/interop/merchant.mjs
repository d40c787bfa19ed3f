// A merchant with keys made at run time, and callbacks that axios plugin seals and signs for it.
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AesGcm, Formatter, Rsa } from './clients.mjs';
import { appid, headerLines, run } from './helpers.mjs';

/** When callbacks are signed, and come, unless said otherwise. */
export const at = 1_760_000_000;

export const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
export const pem = (key, type) => key.export({ type, format: 'pem' });

const publicKeyId = 'PUB_KEY_ID_0119000000012026010100000000000001';

/** Writes a merchant's keys and configuration into a folder. */
export const createMerchant = (folder, name = 'merchant', settings = {}) => {
  const file = (what) => join(folder, what);
  const apiV3Key = createHash('md5').update(randomBytes(16)).digest('hex');
  const [keys, platform] = [newKeys(), newKeys()];
  writeFileSync(file(`${name}.pem`), pem(keys.privateKey, 'pkcs8'));
  writeFileSync(file(`${name}-platform.pem`), pem(platform.publicKey, 'spki'));
  writeFileSync(file(`${name}.json`), JSON.stringify({
    WeChatPay: {
      MerchantId: '1900000001', MerchantSerial: '00AB', MerchantPrivateKeyFile: `${name}.pem`, ApiV3Key: apiV3Key, PlatformPublicKeyId: publicKeyId, PlatformPublicKeyFile: `${name}-platform.pem`, ...settings,
    },
  }));

  /** A callback's body with the resource sealed in it. */
  const notification = (resource, seal = AesGcm.encrypt) => {
    const nonce = randomBytes(6).toString('hex');
    return JSON.stringify({
      id: 'EV-1', create_time: '2026-01-31T08:00:01+08:00', resource_type: 'encrypt-resource', event_type: 'TRANSACTION.SUCCESS', summary: '支付成功',
      resource: { original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', ciphertext: seal(typeof resource === 'string' ? resource : JSON.stringify(resource), apiV3Key, nonce, 'transaction'), associated_data: 'transaction', nonce },
    });
  };

  /** The headers that sign a body, which is text or bytes. */
  const sign = (body, { key = platform.privateKey, serial = publicKeyId, timestamp = at } = {}) => {
    const nonce = Formatter.nonce();
    const text = typeof body === 'string' ? Formatter.response(timestamp, nonce, body) : Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')]);
    return { 'Wechatpay-Timestamp': String(timestamp), 'wechatpay-nonce': nonce, HTTP_WECHATPAY_SERIAL: serial, 'Wechatpay-Signature': Rsa.sign(text, key) };
  };

  /** What `wechatpay verify` says of a captured callback. */
  const verify = (headers, body, { when = at, extra = [], others = [] } = {}) => {
    writeFileSync(file('headers'), [headerLines(headers), ...extra].join('\n').replaceAll('\n', '\r\n'));
    writeFileSync(file('body'), body);
    const { status, stdout } = run('verify', '--config', file(`${name}.json`), '--headers', file('headers'), '--body', file('body'), '--at', String(when), ...others.flatMap((other) => ['--other-config', other]), '--json');
    return { status, stdout, ...JSON.parse(stdout) };
  };

  return { config: file(`${name}.json`), file, keys, apiV3Key, notification, sign, verify };
};

/** The resource of a payment. */
export const paid = {
  mchid: '1900000001', appid, out_trade_no: 'order-1', transaction_id: '4200000000000000000000000001', trade_type: 'NATIVE',
  trade_state: 'SUCCESS', trade_state_desc: '支付成功', success_time: '2026-01-31T08:00:00+08:00', payer: { openid: 'somebody' }, amount: { total: 1, payer_total: 1, currency: 'CNY' },
};
