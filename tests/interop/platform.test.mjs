// The simulator against clients that nobody here wrote: npm's wechatpay-axios-plugin (public key mode) and wechatpay-node-v3 (certificate mode).
// They place, query and refund orders, verify every answer, and verify and open the notifications; each is seen to refuse when another key signs.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

const require = createRequire(import.meta.url);
const { Wechatpay, Aes: { AesGcm }, Formatter, Rsa } = require('wechatpay-axios-plugin');
const NodeV3 = require('wechatpay-node-v3');

const tool = process.env.WECHATPAY_TOOL ?? new URL('../../src/Cli/bin/Release/net10.0/wechatpay.dll', import.meta.url).pathname;
const stops = [];
after(async () => { for (const stop of stops.reverse()) { await stop(); } });

const readAll = async (stream) => { const parts = []; for await (const part of stream) { parts.push(part); } return Buffer.concat(parts); };

const listen = async (handler) => {
  const server = createServer(handler);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  stops.push(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}`;
};

/** Starts `wechatpay simulate` and reads the configuration that it writes. */
const simulate = async (...args) => {
  const folder = mkdtempSync(join(tmpdir(), 'wechatpay-'));
  const config = join(folder, 'merchant.json');
  const child = spawn('dotnet', [tool, 'simulate', '--json', '--write-config', config, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(async () => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    assert.equal(await gone, 0, 'the simulator ends well on SIGINT');
    rmSync(folder, { recursive: true });
  });
  const line = await new Promise((ready) => child.stdout.once('data', (data) => ready(String(data))));
  const { address, merchant_id: merchantId } = JSON.parse(line);
  const { WeChatPay: settings } = JSON.parse(readFileSync(config, 'utf8'));
  const file = (name) => readFileSync(join(folder, name), 'utf8');
  const control = async (path) => {
    const response = await fetch(`${address}/simulator/${path}`, { method: 'POST' });
    assert.ok(response.ok, `${path}: ${response.status}`);
    return response.status === 204 ? undefined : response.json();
  };
  return { address, merchantId, settings, config, folder, file, control };
};

/** A merchant's server: keeps what comes, as it comes. */
const receive = async () => {
  const seen = [];
  const url = await listen(async (message, response) => {
    seen.push({ headers: message.headers, body: (await readAll(message)).toString('utf8') });
    response.writeHead(204).end();
  });
  return { url: `${url}/notify`, seen, next: async () => { for (let i = 0; i < 500 && seen.length === 0; i += 1) { await new Promise((go) => setTimeout(go, 10)); } return seen.shift(); } };
};

/** Passes everything on unchanged and keeps the answers' bytes and headers, for a client that hides them. */
const watch = async (target) => {
  const answers = [];
  const url = await listen(async (message, response) => {
    const body = await readAll(message);
    const forward = request(target + message.url, { method: message.method, headers: message.headers }, async (answer) => {
      const bytes = await readAll(answer);
      answers.push({ headers: answer.headers, body: bytes.toString('utf8') });
      response.writeHead(answer.statusCode, answer.headers).end(bytes);
    });
    forward.end(body);
  });
  return { url, answers };
};

const order = (merchantId, number, url) => ({
  appid: 'wx0000000000000001', mchid: merchantId, description: '一杯茶 "hot" / €', out_trade_no: number, notify_url: url, attach: '茶&桌=7', amount: { total: 100, currency: 'CNY' },
});
const refund = (number, url) => ({ out_trade_no: number, out_refund_no: `${number}-r1`, reason: '太烫', notify_url: url, amount: { refund: 30, total: 100, currency: 'CNY' } });

let platform; let shop; let axios; let certified; let certifiedShop; let nodeV3; let watched;

before(async () => {
  platform = await simulate('--compress-time', '20');
  shop = await receive();
  axios = new Wechatpay({
    baseURL: platform.address, mchid: platform.merchantId, serial: platform.settings.MerchantSerial, privateKey: platform.file(platform.settings.MerchantPrivateKeyFile),
    certs: { [platform.settings.PlatformPublicKeyId]: platform.file(platform.settings.PlatformPublicKeyFile) },
  });
  certified = await simulate('--compress-time', '20', '--sign-with', 'Certificate');
  certifiedShop = await receive();
  watched = await watch(certified.address);
  nodeV3 = new NodeV3({
    appid: 'wx0000000000000001', mchid: certified.merchantId, serial_no: certified.settings.MerchantSerial, publicKey: Buffer.from('unused'), privateKey: certified.file(certified.settings.MerchantPrivateKeyFile), key: certified.settings.ApiV3Key,
  });
  const http = nodeV3.httpService;
  const local = (url) => url.replace('https://api.mch.weixin.qq.com', watched.url);
  nodeV3.createHttp({ get: (url, headers) => http.get(local(url), headers), post: (url, params, headers) => http.post(local(url), params, headers) });
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
    const { headers } = notification;
    assert.equal(headers['wechatpay-serial'], platform.settings.PlatformPublicKeyId);
    assert.equal(headers['wechatpay-signature-type'], 'WECHATPAY2-SHA256-RSA2048');
    const text = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], notification.body);
    const key = platform.file(platform.settings.PlatformPublicKeyFile);
    assert.equal(Rsa.verify(text, headers['wechatpay-signature'], key), true);
    assert.equal(Rsa.verify(text.replace('EV', 'EW').replace('"id"', '"iD"'), headers['wechatpay-signature'], key), false);
    const envelope = JSON.parse(notification.body);
    assert.equal(envelope.event_type, type);
    const resource = JSON.parse(AesGcm.decrypt(envelope.resource.ciphertext, platform.settings.ApiV3Key, envelope.resource.nonce, envelope.resource.associated_data));
    assert.equal(resource.out_trade_no, 'axios-1');
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
  const { headers, body } = await shop.next();
  assert.equal(Rsa.verify(Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body), headers['wechatpay-signature'], platform.file(platform.settings.PlatformPublicKeyFile)), false);
  await platform.control('misbehave/none');
});

test('axios plugin: a request that another key signed is refused like the platform refuses it', async () => {
  const stranger = new Wechatpay({
    baseURL: platform.address, mchid: platform.merchantId, serial: platform.settings.MerchantSerial, privateKey: certified.file(certified.settings.MerchantPrivateKeyFile), certs: { any: platform.file(platform.settings.PlatformPublicKeyFile) },
  });
  await assert.rejects(stranger.chain('v3/pay/transactions/native').post(order(platform.merchantId, 'axios-3', shop.url)), (error) => {
    const { status, data } = error.response;
    assert.deepEqual([status, data.code, data.detail.detail.issue, data.detail.sign_information.url], [401, 'SIGN_ERROR', 'sign not match', '/v3/pay/transactions/native']);
    return true;
  });
});

const verifyAnswer = async () => {
  const { headers, body } = watched.answers.at(-1);
  return nodeV3.verifySign({ timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'], serial: headers['wechatpay-serial'], signature: headers['wechatpay-signature'], body });
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
    const signed = { timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'], serial: headers['wechatpay-serial'], signature: headers['wechatpay-signature'] };
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
  writeFileSync(join(platform.folder, 'headers'), Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n'));
  const verify = (bodyFile) => spawnSync('dotnet', [tool, 'verify', '--config', platform.config, '--headers', join(platform.folder, 'headers'), '--body', join(platform.folder, bodyFile), '--json'], { encoding: 'utf8' });
  const good = JSON.parse(verify('body').stdout);
  assert.deepEqual([good.ok, good.case, good.anomalies, good.resource.out_trade_no], [true, 'PaymentSucceeded', [], 'tool-1']);
  writeFileSync(join(platform.folder, 'changed'), body.replace('支付', '未付'));
  assert.equal(JSON.parse(verify('changed').stdout).error, 'signature_mismatch');
});

test('a second simulator on the same port is wrong usage; a real configuration is left alone', async () => {
  const run = (...args) => spawnSync('dotnet', [tool, 'simulate', ...args], { encoding: 'utf8' });
  const taken = run('--port', new URL(platform.address).port);
  assert.deepEqual([taken.status, taken.stdout], [2, '']);
  assert.match(taken.stderr, /address already in use/);
  const real = join(platform.folder, 'real.json');
  writeFileSync(real, '{"WeChatPay":{"MerchantId":"1900000009"}}');
  const refused = run('--write-config', real);
  assert.deepEqual([refused.status, refused.stdout], [2, '']);
  assert.match(refused.stderr, /left as it is/);
});
