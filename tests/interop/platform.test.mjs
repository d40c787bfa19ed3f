// The simulator against clients that nobody here wrote: npm's wechatpay-axios-plugin (public key mode) and wechatpay-node-v3 (certificate mode).
// They place, query and refund orders, verify every answer, and verify and open the notifications; each is seen to refuse when another key signs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { axiosFor, isSigned, nodeV3For, open, signatureOf } from './clients.mjs';
import { headerLines, order, receive, run, simulate, watch } from './helpers.mjs';

const refund = (number, url) => ({ out_trade_no: number, out_refund_no: `${number}-r1`, reason: '太烫', notify_url: url, amount: { refund: 30, total: 100, currency: 'CNY' } });

let platform; let shop; let axios; let certified; let certifiedShop; let nodeV3; let watched;

before(async () => {
  platform = await simulate('--compress-time', '20');
  shop = await receive();
  axios = axiosFor(platform);
  certified = await simulate('--compress-time', '20', '--sign-with', 'Certificate');
  certifiedShop = await receive();
  watched = await watch(certified.address);
  nodeV3 = nodeV3For(certified, watched.url);
});

test('axios plugin: places, queries and refunds an order, and verifies each answer', async () => {
  const body = order(platform.merchantId, 'axios-1', shop.url);
  const placed = await axios.chain('v3/pay/transactions/native').post(body);
  assert.match(placed.data.code_url, /^weixin:\/\/wxpay\//);
  const query = () => axios.chain('v3/pay/transactions/out-trade-no/axios-1').get({ params: { mchid: platform.merchantId } });
  assert.equal((await query()).data.trade_state, 'NOTPAY');
  const sent = await platform.control('pay/axios-1');
  assert.equal(sent.is_accepted, true);
  const paid = (await query()).data;
  assert.deepEqual([paid.trade_state, paid.amount.total, paid.attach], ['SUCCESS', 100, body.attach]);
  const byId = await axios.chain(`v3/pay/transactions/id/${paid.transaction_id}`).get({ params: { mchid: platform.merchantId } });
  assert.equal(byId.data.out_trade_no, 'axios-1');
  const asked = await axios.chain('v3/refund/domestic/refunds').post(refund('axios-1', shop.url));
  assert.deepEqual([asked.data.status, asked.data.amount.refund], ['PROCESSING', 30]);

  const payment = await shop.next();
  const given = await shop.next();
  for (const [notification, type] of [[payment, 'TRANSACTION.SUCCESS'], [given, 'REFUND.SUCCESS']]) {
    const { headers, body: raw } = notification;
    assert.equal(headers['wechatpay-serial'], platform.settings.PlatformPublicKeyId);
    assert.equal(headers['wechatpay-signature-type'], 'WECHATPAY2-SHA256-RSA2048');
    const key = platform.file(platform.settings.PlatformPublicKeyFile);
    assert.equal(isSigned(notification, key), true);
    assert.equal(isSigned({ headers, body: raw.replace('"id"', '"iD"') }, key), false);
    assert.equal(JSON.parse(raw).event_type, type);
    assert.equal(open(raw, platform.settings.ApiV3Key).out_trade_no, 'axios-1');
  }
  const settled = await axios.chain('v3/refund/domestic/refunds/axios-1-r1').get();
  assert.equal(settled.data.status, 'SUCCESS');
});

test('axios plugin: closes an order; the empty answer is verified as well', async () => {
  await axios.chain('v3/pay/transactions/native').post(order(platform.merchantId, 'axios-2', shop.url));
  const closed = await axios.chain('v3/pay/transactions/out-trade-no/axios-2/close').post({ mchid: platform.merchantId });
  assert.equal(closed.status, 204);
});

test('axios plugin: refuses answers and notifications that another key signed, and altered or old ones', async () => {
  for (const [wrong, code] of [['wrong-key', 'EV3_RES_HEADER_SIGNATURE_DIGEST'], ['tampered', 'EV3_RES_HEADER_SIGNATURE_DIGEST'], ['stale', 'EV3_RES_HEADER_TIMESTAMP_OFFSET'], ['unsigned', 'EV3_RES_HEADERS_INCOMPLATE']]) {
    await platform.control(`misbehave/${wrong}`);
    await assert.rejects(axios.chain('v3/pay/transactions/native').post(order(platform.merchantId, `axios-${wrong}`, shop.url)), (error) => error.code === code, wrong);
  }
  await platform.control('misbehave/wrong-key');
  await platform.control('pay/axios-wrong-key');
  assert.equal(isSigned(await shop.next(), platform.file(platform.settings.PlatformPublicKeyFile)), false);
  await platform.control('misbehave/none');
});

test('axios plugin: a request that another key signed is refused like the platform refuses it', async () => {
  const stranger = axiosFor(platform, { privateKey: certified.file(certified.settings.MerchantPrivateKeyFile) });
  await assert.rejects(stranger.chain('v3/pay/transactions/native').post(order(platform.merchantId, 'axios-3', shop.url)), (error) => {
    const { status, data } = error.response;
    assert.deepEqual([status, data.code, data.detail.detail.issue, data.detail.sign_information.url], [401, 'SIGN_ERROR', 'sign not match', '/v3/pay/transactions/native']);
    return true;
  });
});

const verifyAnswer = async () => {
  const { headers, body } = watched.answers.at(-1);
  return nodeV3.verifySign({ ...signatureOf(headers), body });
};

test('node-v3: downloads the certificate, places, queries and refunds an order, and verifies each answer', async () => {
  const [certificate] = await nodeV3.get_certificates(certified.settings.ApiV3Key);
  assert.match(certificate.publicKey, /BEGIN PUBLIC KEY/);
  const { mchid: _, appid: __, ...body } = order(certified.merchantId, 'node-1', certifiedShop.url);
  const placed = await nodeV3.transactions_native(body);
  assert.match(placed.data.code_url, /^weixin:/);
  assert.equal(await verifyAnswer(), true);
  await certified.control('pay/node-1');
  const paid = await nodeV3.query({ out_trade_no: 'node-1' });
  assert.equal(paid.data.trade_state, 'SUCCESS');
  assert.equal(await verifyAnswer(), true);
  assert.equal((await nodeV3.query({ transaction_id: paid.data.transaction_id })).data.out_trade_no, 'node-1');
  const asked = await nodeV3.refunds(refund('node-1', certifiedShop.url));
  assert.equal(asked.data.status, 'PROCESSING');
  assert.equal(await verifyAnswer(), true);

  for (const type of ['TRANSACTION.SUCCESS', 'REFUND.SUCCESS']) {
    const { headers, body: raw } = await certifiedShop.next();
    const signed = signatureOf(headers);
    assert.equal(await nodeV3.verifySign({ ...signed, body: raw }), true);
    assert.equal(await nodeV3.verifySign({ ...signed, body: `${raw} ` }), false);
    // As in its own README: the body parsed and written again. The platform's JSON survives that.
    assert.equal(await nodeV3.verifySign({ ...signed, body: JSON.parse(raw) }), true);
    const { event_type: eventType, resource } = JSON.parse(raw);
    assert.equal(eventType, type);
    assert.equal(nodeV3.decipher_gcm(resource.ciphertext, resource.associated_data, resource.nonce, certified.settings.ApiV3Key).out_trade_no, 'node-1');
  }
  assert.equal((await nodeV3.find_refunds('node-1-r1')).data.status, 'SUCCESS');
});

test('node-v3: refuses what another key signed', async () => {
  await certified.control('misbehave/wrong-key');
  await nodeV3.query({ out_trade_no: 'node-1' });
  assert.equal(await verifyAnswer(), false);
  await certified.control('misbehave/none');
  await nodeV3.query({ out_trade_no: 'node-1' });
  assert.equal(await verifyAnswer(), true);
});

test('the configuration that simulate writes works at once: wechatpay verify reads a captured callback', async () => {
  await axios.chain('v3/pay/transactions/native').post(order(platform.merchantId, 'tool-1', shop.url));
  await platform.control('pay/tool-1');
  const { headers, body } = await shop.next();
  writeFileSync(join(platform.folder, 'body'), body);
  writeFileSync(join(platform.folder, 'headers'), headerLines(headers));
  const verify = (bodyFile) => run('verify', '--config', platform.config, '--headers', join(platform.folder, 'headers'), '--body', join(platform.folder, bodyFile), '--json');
  const good = JSON.parse(verify('body').stdout);
  assert.deepEqual([good.ok, good.case, good.anomalies, good.resource.out_trade_no], [true, 'PaymentSucceeded', [], 'tool-1']);
  writeFileSync(join(platform.folder, 'changed'), body.replace('支付', '未付'));
  assert.equal(JSON.parse(verify('changed').stdout).error, 'signature_mismatch');
});

test('a second simulator on the same port is wrong usage; a real configuration is left alone', async () => {
  const taken = run('simulate', '--port', new URL(platform.address).port);
  assert.deepEqual([taken.status, taken.stdout], [2, '']);
  assert.match(taken.stderr, /address already in use/);
  const real = join(platform.folder, 'real.json');
  writeFileSync(real, '{"WeChatPay":{"MerchantId":"1900000009"}}');
  const refused = run('simulate', '--write-config', real);
  assert.deepEqual([refused.status, refused.stdout], [2, '']);
  assert.match(refused.stderr, /left as it is/);
});
