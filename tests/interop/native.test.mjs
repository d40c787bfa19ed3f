// The natively published tool, and the smallest program that takes a payment, alone on a machine: it plays the platform, signs a merchant's order, and verifies what the platform then sends.
//   WECHATPAY_NATIVE=path/to/wechatpay WECHATPAY_CONSOLE=path/to/console node --test native.test.mjs
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';

const tool = process.env.WECHATPAY_NATIVE;
const folder = mkdtempSync(join(tmpdir(), 'wechatpay-native-'));
const file = (name) => join(folder, name);
const received = [];
const shop = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  received.push({ headers: request.rawHeaders, body: Buffer.concat(chunks) });
  response.writeHead(204).end();
});
let platform;
let address;
let notifyUrl;

const run = (...args) => {
  const { status, stdout, stderr } = spawnSync(tool, args, { encoding: 'utf8', cwd: folder });
  return { status, stdout, stderr };
};

before(async () => {
  shop.listen(0, '127.0.0.1');
  await once(shop, 'listening');
  notifyUrl = `http://127.0.0.1:${shop.address().port}/notify`;
  platform = spawn(tool, ['simulate', '--write-config', file('merchant.json'), '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: platform.stdout }), 'line');
  address = JSON.parse(line).address;
});
after(async () => {
  shop.close();
  platform.kill('SIGINT');
  const [code] = await once(platform, 'exit');
  rmSync(folder, { recursive: true });
  assert.equal(code, 0, 'Ctrl+C ends the simulator in order');
});

const send = async (body, authorization, host = address) => fetch(host + '/v3/pay/transactions/native', {
  method: 'POST', body, headers: { authorization, accept: 'application/json', 'content-type': 'application/json', 'user-agent': 'native.test' },
});

const sign = (config = 'merchant.json') => {
  const { status, stdout } = run('sign', '--config', config, '--method', 'POST', '--url', '/v3/pay/transactions/native', '--body', 'order.json', '--json');
  assert.equal(status, 0);
  return JSON.parse(stdout).authorization;
};

const verify = (headers, body, config = 'merchant.json') => {
  writeFileSync(file('headers.txt'), headers.reduce((text, part, index) => text + part + (index % 2 ? '\n' : ': '), ''));
  writeFileSync(file('body.json'), body);
  const { status, stdout } = run('verify', '--config', config, '--headers', 'headers.txt', '--body', 'body.json', '--json');
  return { status, ...JSON.parse(stdout) };
};

test('the native simulator takes the order that the native tool signs, and refuses another body', async () => {
  const order = JSON.stringify({
    appid: 'wx0000000000000001', mchid: '1900000001', description: '一杯茶', out_trade_no: 'native-1', notify_url: notifyUrl, amount: { total: 1, currency: 'CNY' },
  });
  writeFileSync(file('order.json'), order);
  const refused = await send(order.replace('"total":1', '"total":2'), sign());
  assert.deepEqual([refused.status, (await refused.json()).code], [401, 'SIGN_ERROR']);
  const taken = await send(order, sign());
  assert.equal(taken.status, 200);
  assert.match((await taken.json()).code_url, /^weixin:/);
});

test('the native tool verifies the callback, and refuses it once a byte has changed', async () => {
  const paid = await fetch(address + '/simulator/pay/native-1', { method: 'POST' });
  assert.equal(paid.status, 200);
  assert.equal(received.length, 1);
  const [{ headers, body }] = received;
  const good = verify(headers, body);
  assert.deepEqual([good.status, good.ok, good.case, good.resource.out_trade_no], [0, true, 'PaymentSucceeded', 'native-1']);
  const bad = verify(headers, Buffer.concat([body, Buffer.from(' ')]));
  assert.deepEqual([bad.status, bad.ok, bad.error], [1, false, 'signature_mismatch']);
});

test('it plays the platform of a merchant of the SM suite, and signs and verifies by the merchant\'s key', async () => {
  const sm = spawn(tool, ['simulate', '--suite', 'sm', '--write-config', file('sm.json'), '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const [line] = await once(createInterface({ input: sm.stdout }), 'line');
    const host = JSON.parse(line).address;
    const order = readFileSync(file('order.json'), 'utf8');
    const authorization = sign('sm.json');
    assert.match(authorization, /^WECHATPAY2-SM2-WITH-SM3 /);
    const refused = await send(order.replace('"total":1', '"total":2'), authorization, host);
    assert.deepEqual([refused.status, (await refused.json()).code], [401, 'SIGN_ERROR']);
    assert.equal((await send(order, authorization, host)).status, 200);
    const before = received.length;
    assert.equal((await fetch(host + '/simulator/pay/native-1', { method: 'POST' })).status, 200);
    const { headers, body } = received[before];
    assert.match(body.toString(), /AEAD_SM4_128_GCM/);
    const good = verify(headers, body, 'sm.json');
    assert.deepEqual([good.status, good.case], [0, 'PaymentSucceeded']);
    const bad = verify(headers, Buffer.concat([body, Buffer.from(' ')]), 'sm.json');
    assert.deepEqual([bad.status, bad.error], [1, 'signature_mismatch']);
  } finally {
    sm.kill('SIGINT');
    await once(sm, 'exit');
  }
});

test('a native console that takes a payment is small: it orders, and decodes the callback or says why not', (t) => {
  const console = process.env.WECHATPAY_CONSOLE;
  const { WeChatPay: merchant } = JSON.parse(readFileSync(file('merchant.json'), 'utf8'));
  const settings = { ...merchant, BaseAddress: address };
  writeFileSync(file('console.txt'), Object.entries(settings).filter(([, value]) => typeof value === 'string').map(([name, value]) => `${name}=${value}`).join('\n'));
  const start = (...args) => spawnSync(console, ['console.txt', ...args], { encoding: 'utf8', cwd: folder });
  const ordered = start();
  assert.deepEqual([ordered.status, ordered.stderr], [0, '']);
  assert.match(ordered.stdout, /^weixin:/);
  const [{ headers, body }] = received;
  verify(headers, body);
  const good = start('headers.txt', 'body.json');
  assert.deepEqual([good.status, good.stdout.trim()], [0, 'TRANSACTION.SUCCESS']);
  writeFileSync(file('body.json'), Buffer.concat([body, Buffer.from(' ')]));
  const bad = start('headers.txt', 'body.json');
  assert.deepEqual([bad.status, bad.stderr.trim()], [1, 'signature_mismatch']);
  const size = statSync(console).size;
  t.diagnostic(`${(size / 1e6).toFixed(2)} MB`);
  assert.ok(size <= 10_100_000, `${size} bytes`); // The budget is 9 MB: to be brought back.
  assert.ok(!readFileSync(console).includes('BouncyCastle'), 'no BouncyCastle in it');
});

test('the native tool explains itself, and is small and quick', (t) => {
  const times = Array.from({ length: 11 }, () => {
    const start = process.hrtime.bigint();
    assert.equal(run('--version').status, 0);
    return Number(process.hrtime.bigint() - start) / 1e6;
  }).sort((one, other) => one - other);
  const size = statSync(tool).size / 1e6;
  t.diagnostic(`${size.toFixed(1)} MB, --version in ${times[5].toFixed(0)} ms (median of 11, with the start of the process)`);
  assert.ok(size <= 25, `${size} MB`); // To be 20: the SM suite is 1.3 MB of it, bills 0.7.
  assert.ok(times[5] < 500, `${times[5]} ms`);
  assert.match(run('--help').stdout, /verify/);
});
