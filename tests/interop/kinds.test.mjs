// One endpoint of each kind, called by both clients from npm: a query, a path, a body, what is sealed, a file sent and a file fetched, each method, a service provider's call.
// Whoever calls verifies the answer's signature. What the platform must refuse, the simulator refuses by the name of the field.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { before, test } from 'node:test';
import { axiosFor, Multipart, nodeV3For, Rsa, signatureOf } from './clients.mjs';
import { appid, simulate, watch } from './helpers.mjs';
import { newKeys } from './merchant.mjs';

const host = 'https://api.mch.weixin.qq.com';
const picture = randomBytes(4096);
const pictureName = '退款凭证 "一"; 甲.png';
const hash = (bytes, algorithm = 'sha256') => createHash(algorithm).update(bytes).digest('hex');
const subMerchant = { sub_mchid: '1900000109' };
const receiver = (seal) => ({ type: 'PERSONAL_OPENID', account: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', amount: 30, description: '分给"门店" / 甲', name: seal('李四') });
const share = (number, seal) => ({ appid, transaction_id: '4200000000000000000000000001', out_order_no: number, receivers: [receiver(seal)], unfreeze_unsplit: true });
const transfer = (number, userName) => ({
  appid, out_bill_no: number, openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', user_name: userName, transfer_amount: 30, transfer_remark: '新会员开通有礼', transfer_scene_id: '1000',
  transfer_scene_report_infos: [{ info_type: '活动名称', info_content: '新会员有礼' }],
});
const guide = (seal) => ({ corpid: 'corp', store_id: 12, userid: 'guide-1', name: seal('王五'), mobile: seal('13900000000'), qr_code: 'https://example.com/qr', avatar: 'https://example.com/face' });

let platform; let axios; let key; let certified; let watched; let nodeV3; let certificate;
const stranger = newKeys();

before(async () => {
  [platform, certified] = await Promise.all([simulate(), simulate('--sign-with', 'Certificate')]);
  axios = axiosFor(platform);
  key = platform.file(platform.settings.MerchantPrivateKeyFile);
  watched = await watch(certified.address);
  nodeV3 = nodeV3For(certified, watched.url);
  [certificate] = await nodeV3.get_certificates();
});

const refusal = (call) => call.then(() => assert.fail('it was not refused'), ({ response: { status, data } }) => [status, data.code, data.detail?.location, data.detail?.field]);
const parameter = (location, field) => [400, 'PARAM_ERROR', location, field];

/** What axios plugin seals for the platform's public key, and the header that names the key. */
const seal = (text) => Rsa.encrypt(text, platform.file(platform.settings.PlatformPublicKeyFile));
const sealed = (serial = platform.settings.PlatformPublicKeyId) => ({ headers: { 'Wechatpay-Serial': serial } });

test('axios plugin: a query with parameters answers a page, and the personal data in it to the merchant alone', async () => {
  const list = async (params) => (await axios.chain('v3/merchant-service/complaints-v2').get({ params })).data;
  const asked = { limit: 5, offset: 0, begin_date: '2026-01-01', end_date: '2026-01-31', complainted_mchid: platform.merchantId };
  const { data: [complaint, ...others], ...page } = await list(asked);
  assert.deepEqual([page, others], [{ limit: 5, offset: 0, total_count: 1 }, []]);
  assert.equal(Rsa.decrypt(complaint.payer_phone, key), '13000000000');
  assert.throws(() => Rsa.decrypt(complaint.payer_phone, stranger.privateKey));
  assert.deepEqual((await list({ ...asked, offset: 5 })).data, []);
  const { end_date: _, ...open } = asked;
  assert.deepEqual(await refusal(list(open)), parameter('query', 'end_date'));
  assert.deepEqual(await refusal(list({ ...asked, begin_date: '1/1/2026' })), parameter('query', 'begin_date'));
});

test('axios plugin: a sealed text in a query is opened; one in plain is refused', async () => {
  const list = (params) => axios.chain('v3/smartguide/guides').get({ params: { store_id: 12, userid: '导购&1 +2', ...params }, ...sealed() });
  assert.equal((await list({ mobile: seal('13900000000') })).data.data.length, 1);
  assert.deepEqual(await refusal(list({ mobile: '13900000000' })), parameter('query', 'mobile'));
});

test('axios plugin: a body is remembered, and asked for by its number in the path', async () => {
  const number = 'axios-share|*@1';
  const asked = share(number, seal);
  const post = (body) => axios.chain('v3/profitsharing/orders').post(body, sealed());
  const made = (await post(asked)).data;
  assert.deepEqual([made.out_order_no, made.transaction_id, made.receivers[0].description], [number, asked.transaction_id, asked.receivers[0].description]);
  const query = (name) => axios.chain('v3/profitsharing/orders/{out_order_no}').get({ out_order_no: name, params: { transaction_id: asked.transaction_id } });
  const found = (await query(number)).data;
  assert.deepEqual([found.order_id, found.receivers[0].amount, found.receivers[0].account], [made.order_id, 30, asked.receivers[0].account]);
  assert.deepEqual((await refusal(query('axios-share-2'))).slice(0, 2), [404, 'RESOURCE_NOT_EXISTS']);
  const { amount: _, ...unpaid } = asked.receivers[0];
  assert.deepEqual(await refusal(post({ ...asked, receivers: [asked.receivers[0], unpaid] })), parameter('body', '/receivers/1/amount'));
  assert.deepEqual(await refusal(post({ ...asked, unfreeze_unsplit: 'true' })), parameter('body', '/unfreeze_unsplit'));
});

test('axios plugin: a name sealed to the platform is answered sealed to the merchant', async () => {
  const made = (await axios.chain('v3/fund-app/mch-transfer/transfer-bills').post(transfer('axiosbill1', seal('张三·阿凡提')), sealed())).data;
  const queries = [['out-bill-no/{out_bill_no}', { out_bill_no: 'axiosbill1' }], ['transfer-bill-no/{transfer_bill_no}', { transfer_bill_no: made.transfer_bill_no }]];
  for (const [path, number] of queries) {
    const { data } = await axios.chain(`v3/fund-app/mch-transfer/transfer-bills/${path}`).get(number);
    assert.deepEqual([data.out_bill_no, data.transfer_bill_no, data.transfer_amount], ['axiosbill1', made.transfer_bill_no, 30]);
    assert.equal(Rsa.decrypt(data.user_name, key), '张三·阿凡提');
    assert.throws(() => Rsa.decrypt(data.user_name, stranger.privateKey));
  }
});

test('axios plugin: a name sealed to another key, or under the name of another key, is refused', async () => {
  const post = (userName, config) => refusal(axios.chain('v3/fund-app/mch-transfer/transfer-bills').post(transfer('axiosbill2', userName), config));
  const name = parameter('body', '/user_name');
  assert.deepEqual(await post(Rsa.encrypt('张三', stranger.publicKey), sealed()), name);
  assert.deepEqual(await post('张三', sealed()), name);
  assert.deepEqual(await post(seal('张三')), name);
  assert.deepEqual(await post(seal('张三'), sealed(platform.settings.MerchantSerial)), parameter('header', 'Wechatpay-Serial'));
});

/** A file and its meta as axios plugin writes them; the meta is what it signs. */
const uploadFile = (meta, bytes = picture, signed = meta) => {
  const form = new Multipart().append('meta', JSON.stringify(meta)).append('file', bytes, pictureName);
  return axios.chain('v3/merchant/media/upload').post(form.getBuffer(), { meta: signed, headers: form.getHeaders() });
};

test('axios plugin: a file with a Chinese name is sent; its hash is checked, and only the meta is signed', async () => {
  const meta = { filename: pictureName, sha256: hash(picture) };
  assert.match((await uploadFile(meta)).data.media_id, /./);
  assert.deepEqual(await refusal(uploadFile({ ...meta, sha256: hash('another') })), parameter('body', '/sha256'));
  assert.deepEqual(await refusal(uploadFile(meta, picture.subarray(1))), parameter('body', '/sha256'));
  assert.deepEqual((await refusal(uploadFile(meta, picture, { ...meta, filename: 'b.png' }))).slice(0, 2), [401, 'SIGN_ERROR']);
});

test('axios plugin: a bill is fetched from the address that the platform gave, and is what its hash says', async () => {
  const { data: bill } = await axios.chain('v3/profitsharing/bills').get({ params: { bill_date: '2026-01-31' } });
  const { pathname, searchParams } = new URL(bill.download_url);
  const { data } = await axios.chain(pathname.slice(1)).get({ params: Object.fromEntries(searchParams), responseType: 'arraybuffer' });
  assert.deepEqual([bill.hash_type, hash(data, 'sha1')], ['SHA1', bill.hash_value]);
  assert.deepEqual(await refusal(axios.chain('v3/bill/tradebill').get()), parameter('query', 'bill_date'));
});

test('axios plugin: PUT, PATCH and DELETE, each answered and verified', async () => {
  const notifications = axios.chain('v3/merchant-service/complaint-notifications');
  assert.equal((await notifications.put({ url: 'https://example.com/投诉' })).data.url, 'https://example.com/投诉');
  assert.equal((await notifications.delete()).status, 204);
  assert.deepEqual(await refusal(notifications.put({})), parameter('body', '/url'));
  const { data: { guide_id: guideId } } = await axios.chain('v3/smartguide/guides').post(guide(seal), sealed());
  const patch = (body) => axios.chain('v3/smartguide/guides/{guide_id}').patch(body, { guide_id: guideId, ...sealed() });
  assert.equal((await patch({ name: seal('赵六') })).status, 204);
  assert.deepEqual(await refusal(patch({ mobile: Rsa.encrypt('13900000000', stranger.publicKey) })), parameter('body', '/mobile'));
  const remove = (params) => axios.chain('v3/marketing/busifavor/stocks/{stock_id}/couponcodes/{coupon_code}').delete({ stock_id: '98065001', coupon_code: 'ABC-1', params });
  assert.equal((await remove({ delete_request_no: 'axios-delete-1' })).data.stock_id, '98065001');
  assert.deepEqual(await refusal(remove()), parameter('query', 'delete_request_no'));
});

test('axios plugin: a service provider places and queries the order of a sub-merchant', async () => {
  const parties = { sp_mchid: platform.merchantId, ...subMerchant };
  const order = { sp_appid: appid, ...parties, description: '一杯茶', out_trade_no: 'axios-partner-1', notify_url: 'https://example.com/notify', amount: { total: 100, currency: 'CNY' } };
  const place = (body) => axios.chain('v3/pay/partner/transactions/native').post(body);
  assert.match((await place(order)).data.code_url, /^weixin:/);
  const { data } = await axios.chain('v3/pay/partner/transactions/out-trade-no/{out_trade_no}').get({ out_trade_no: order.out_trade_no, params: parties });
  assert.deepEqual([data.sp_mchid, data.sub_mchid, data.out_trade_no, data.amount.total], [platform.merchantId, subMerchant.sub_mchid, order.out_trade_no, 100]);
  const { sub_mchid: _, ...direct } = order;
  assert.deepEqual(await refusal(place(direct)), parameter('body', '/sub_mchid'));
});

/** What node-v3 gets, once it has verified it. */
const verified = async (call) => {
  const { status, data, error } = await call;
  const { headers, body } = watched.answers.at(-1);
  assert.equal(await nodeV3.verifySign({ ...signatureOf(headers), body }), true);
  return { status, data: data ?? JSON.parse(error) };
};

/** A call that node-v3 has no method for: it signs, and we send. */
const call = async (method, path, body) => {
  const headers = nodeV3.getHeaders(nodeV3.buildAuthorization(method, path, body), { 'Content-Type': 'application/json', 'Wechatpay-Serial': certificate.serial_no });
  const response = await fetch(watched.url + path, { method, headers, body: JSON.stringify(body) });
  const text = await response.text();
  return { status: response.status, data: text === '' ? {} : JSON.parse(text) };
};

const nodeSeal = (text) => nodeV3.publicEncrypt(text, certificate.publicKey);
const nodeRefusal = async (answer) => {
  const { status, data } = await verified(answer);
  return [status, data.code, data.detail?.location, data.detail?.field];
};

test('node-v3: shares an order, and asks for it by its number', async () => {
  const asked = share('node-share-1', nodeSeal);
  const create = (body) => nodeV3.create_profitsharing_orders({ ...body, wx_serial_no: certificate.serial_no });
  const { data: made } = await verified(create(asked));
  const { data: found } = await verified(nodeV3.query_profitsharing_orders(asked.transaction_id, 'node-share-1'));
  assert.deepEqual([found.out_order_no, found.order_id, found.receivers[0].amount], ['node-share-1', made.order_id, 30]);
  const { out_order_no: _, ...unnamed } = asked;
  assert.deepEqual(await nodeRefusal(create(unnamed)), parameter('body', '/out_order_no'));
  assert.deepEqual(await nodeRefusal(create(share('node-share-2', (text) => nodeV3.publicEncrypt(text, stranger.publicKey)))), parameter('body', '/receivers/0/name'));
});

test('node-v3: a batch of transfers names people sealed; one of them is answered sealed to the merchant', async () => {
  const detail = (number, name) => ({ out_detail_no: number, transfer_amount: 15, transfer_remark: '奖金', openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', user_name: nodeSeal(name) });
  const batch = { appid, out_batch_no: 'nodebatch1', batch_name: '一月奖金', batch_remark: '一月', total_amount: 30, total_num: 2, transfer_detail_list: [detail('nodedetail1', '张三'), detail('nodedetail2', '李四')] };
  assert.equal((await verified(nodeV3.batches_transfer({ ...batch, wx_serial_no: certificate.serial_no }))).data.out_batch_no, 'nodebatch1');
  const { data } = await verified(nodeV3.query_batches_transfer_detail({ out_batch_no: 'nodebatch1', out_detail_no: 'nodedetail2' }));
  assert.deepEqual([data.out_batch_no, data.out_detail_no, data.transfer_amount], ['nodebatch1', 'nodedetail2', 15]);
  assert.equal(nodeV3.privateDecrypt(data.user_name), '李四');
});

test('node-v3: a file with a Chinese name is sent, with the meta that it made and signed', async () => {
  assert.match((await verified(nodeV3.upload_images(picture, pictureName))).data.media_id, /./);
  const shortened = nodeV3For(certified, watched.url);
  const { post } = shortened.httpService;
  shortened.createHttp({ post: (url, params, headers) => post(url, { ...params, pic_buffer: picture.subarray(1) }, headers) });
  assert.deepEqual(await nodeRefusal(shortened.upload_images(picture, pictureName)), parameter('body', '/sha256'));
});

test('node-v3: a bill is fetched from the address that the platform gave, and is what its hash says', async () => {
  const { data: bill } = await verified(call('GET', '/v3/profitsharing/bills?bill_date=2026-01-31'));
  const { status } = await nodeV3.downloadBill(bill.download_url.replace(watched.url, host));
  // It asks for the file, and keeps the bytes of a text only.
  assert.deepEqual([status, hash(watched.answers.at(-1).body, 'sha1')], [200, bill.hash_value]);
});

test('node-v3: signs what it has no method for: a query, a PUT, a PATCH, a service provider\'s call', async () => {
  const { data: page } = await verified(call('GET', '/v3/merchant-service/complaints-v2?limit=5&offset=0&begin_date=2026-01-01&end_date=2026-01-31'));
  assert.equal(nodeV3.privateDecrypt(page.data[0].payer_phone), '13000000000');
  assert.equal((await verified(call('PUT', '/v3/merchant-service/complaint-notifications', { url: 'https://example.com/c' }))).data.url, 'https://example.com/c');
  const { data: { guide_id: guideId } } = await verified(call('POST', '/v3/smartguide/guides', guide(nodeSeal)));
  assert.equal((await verified(call('PATCH', `/v3/smartguide/guides/${guideId}`, { name: nodeSeal('赵六') }))).status, 204);
  assert.deepEqual(await nodeRefusal(call('PATCH', `/v3/smartguide/guides/${guideId}`, { name: '赵六' })), parameter('body', '/name'));
  const order = { sp_appid: appid, sp_mchid: certified.merchantId, ...subMerchant, description: '一杯茶', out_trade_no: 'node-partner-1', notify_url: 'https://example.com/notify', amount: { total: 100 } };
  assert.match((await verified(call('POST', '/v3/pay/partner/transactions/native', order))).data.code_url, /^weixin:/);
});

test('both: an answer of any kind that another key signed is refused', async () => {
  const notifications = axios.chain('v3/merchant-service/complaint-notifications');
  await Promise.all([platform.control('misbehave/wrong-key'), certified.control('misbehave/wrong-key')]);
  for (const ask of [() => notifications.get(), () => notifications.put({ url: 'https://example.com/c' }), () => notifications.delete(), () => uploadFile({ filename: pictureName, sha256: hash(picture) })]) {
    await assert.rejects(ask(), (error) => error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST');
  }
  for (const ask of [() => call('GET', '/v3/merchant-service/complaint-notifications'), () => nodeV3.upload_images(picture, pictureName), () => nodeV3.tradebill({ bill_date: '2026-01-31' })]) {
    await assert.rejects(verified(ask()), assert.AssertionError);
  }
});
