// Orders that a page inside WeChat, an app and a browser open: placed by both clients from npm, paid, and queried.
// What the clients sign for the payer's phone is what our shell signs for the same order at the same moment, to the letter.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { axiosFor, Formatter, isSigned, nodeV3For, open, Rsa } from './clients.mjs';
import { appid, execute, order, receive, simulate, tool } from './helpers.mjs';

const ways = [
  ['jsapi', 'JSAPI', { payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' } }],
  ['app', 'APP', {}],
  ['h5', 'MWEB', { scene_info: { payer_client_ip: '192.0.2.7', h5_info: { type: 'Wap' } } }],
];

let platform; let shop; let axios; let nodeV3; let key;

before(async () => {
  platform = await simulate();
  shop = await receive();
  axios = axiosFor(platform);
  nodeV3 = nodeV3For(platform);
  key = platform.file(platform.settings.MerchantPrivateKeyFile);
});

/** What our shell hands to the page or the app for the same orders. */
const invoke = (orders) => {
  const references = ['WeChatPay.Contracts', 'WeChatPay.Functional', 'WeChatPay.Shell', 'Polly.Core'].map((name) => `-r:${join(dirname(tool), `${name}.dll`)}`);
  // .NET's rate limiters come with the web framework, as the tool has them.
  const [, version, folder] = execute('dotnet', ['--list-runtimes']).stdout.match(/^Microsoft\.AspNetCore\.App (10\.\S+) \[(.+)\]$/m);
  references.push(`-r:${join(folder, version, 'System.Threading.RateLimiting.dll')}`);
  const { MerchantSerial: serial, MerchantPrivateKeyFile: file } = platform.settings;
  const input = JSON.stringify({ merchant: platform.merchantId, serial, key: join(platform.folder, file), orders });
  const { status, stdout, stderr } = execute('dotnet', ['fsi', ...references, fileURLToPath(new URL('invoke.fsx', import.meta.url))], { input });
  assert.deepEqual([status, stderr], [0, '']);
  return JSON.parse(stdout);
};

const invocationsOf = (jsapi, app) => invoke([
  { way: 'jsapi', appid, prepay_id: jsapi.package.replace('prepay_id=', ''), timestamp: jsapi.timeStamp, nonce: jsapi.nonceStr },
  { way: 'app', appid, prepay_id: app.prepayid, timestamp: app.timestamp, nonce: app.noncestr },
]);

test('axios plugin: places an order for each way to pay; each is paid, notified and known by its kind', async () => {
  for (const [way, kind, more] of ways) {
    const number = `axios-${way}`;
    const placed = await axios.chain(`v3/pay/transactions/${way}`).post({ ...order(platform.merchantId, number, shop.url), ...more });
    assert.match(placed.data.prepay_id ?? placed.data.h5_url, way === 'h5' ? /^https:\/\/wx\.tenpay\.com\/.*prepay_id=wx/ : /^wx/);
    await platform.control(`pay/${number}`);
    const notification = await shop.next();
    assert.equal(isSigned(notification, platform.file(platform.settings.PlatformPublicKeyFile)), true);
    const resource = open(notification.body, platform.settings.ApiV3Key);
    assert.deepEqual([resource.out_trade_no, resource.trade_type], [number, kind]);
    const { data } = await axios.chain(`v3/pay/transactions/out-trade-no/${number}`).get({ params: { mchid: platform.merchantId } });
    assert.deepEqual([data.trade_state, data.trade_type], ['SUCCESS', kind]);
  }
});

test('axios plugin: an order without what its way needs is refused by the name of the field', async () => {
  const refusal = (way, number) => axios.chain(`v3/pay/transactions/${way}`).post(order(platform.merchantId, number, shop.url)).then(assert.fail, ({ response }) => [response.status, response.data.code, response.data.detail.field]);
  assert.deepEqual(await refusal('jsapi', 'axios-no-payer'), [400, 'PARAM_ERROR', '/payer/openid']);
  assert.deepEqual(await refusal('h5', 'axios-no-scene'), [400, 'PARAM_ERROR', '/scene_info/payer_client_ip']);
});

test('axios plugin: what its README signs for a page and an app is what we sign', async () => {
  const place = async (way, more) => (await axios.chain(`v3/pay/transactions/${way}`).post({ ...order(platform.merchantId, `readme-${way}`, shop.url), ...more })).data.prepay_id;
  const moment = () => [`${Formatter.timestamp()}`, Formatter.nonce()];
  const [timeStamp, nonceStr] = moment();
  const jsapi = { appId: appid, timeStamp, nonceStr, package: `prepay_id=${await place('jsapi', ways[0][2])}`, signType: 'RSA' };
  jsapi.paySign = Rsa.sign(Formatter.joinedByLineFeed(jsapi.appId, jsapi.timeStamp, jsapi.nonceStr, jsapi.package), key);
  const [timestamp, noncestr] = moment();
  const app = { appid, partnerid: platform.merchantId, prepayid: await place('app'), package: 'Sign=WXPay', noncestr, timestamp };
  app.sign = Rsa.sign(Formatter.joinedByLineFeed(app.appid, app.timestamp, app.noncestr, app.prepayid), key);
  assert.deepEqual(invocationsOf(jsapi, app), [jsapi, app]);
});

test('node-v3: places an order for each way to pay; what it hands to a page and an app is what we hand', async () => {
  const { mchid: _, appid: __, ...body } = order(platform.merchantId, 'node', shop.url);
  const place = async (way, more) => {
    const { status, data, error } = await nodeV3[`transactions_${way}`]({ ...body, out_trade_no: `node-${way}`, ...more });
    assert.equal(status, 200, error);
    return data;
  };
  const [jsapi, app, h5] = await Promise.all(ways.map(([way, , more]) => place(way, more)));
  assert.match(h5.h5_url, /^https:/);
  assert.match(jsapi.package, /^prepay_id=wx/);
  assert.deepEqual(invocationsOf(jsapi, app), [jsapi, app]);
  for (const [way, kind] of ways) {
    await platform.control(`pay/node-${way}`);
    assert.equal((await nodeV3.query({ out_trade_no: `node-${way}` })).data.trade_type, kind);
  }
});

test('an invocation is for one order: with another prepay_id neither signature is the same', () => {
  const moment = { appid, timestamp: '1760000000', nonce: 'n' };
  const [page, app, otherPage, otherApp] = invoke(['wx1', 'wx2'].flatMap((id) => ['jsapi', 'app'].map((way) => ({ ...moment, way, prepay_id: id }))));
  assert.notEqual(page.paySign, otherPage.paySign);
  assert.notEqual(app.sign, otherApp.sign);
});
