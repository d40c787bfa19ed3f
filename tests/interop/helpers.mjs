// What the tests share: a folder for a run, the tool, its simulator, servers on loopback. Nothing outlives the test file that asked for it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

export const tool = process.env.WECHATPAY_TOOL ?? fileURLToPath(new URL('../../src/Cli/bin/Release/net10.0/wechatpay.dll', import.meta.url));
export const appid = 'wx0000000000000001';

const stops = [];
after(async () => { for (const stop of stops.reverse()) { await stop(); } });

export const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'wechatpay-'));
  stops.push(() => rmSync(folder, { recursive: true }));
  return folder;
};

/** Runs a program to its end. Words are English, whatever the machine's language. */
export const execute = (program, args, options = {}) => {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' }, ...options });
  assert.equal(error, undefined);
  return { status, stdout, stderr };
};

export const run = (...args) => execute('dotnet', [tool, ...args]);

/** What openssl writes; it must succeed. */
export const openssl = (...args) => {
  const { status, stdout, stderr } = execute('openssl', args, { encoding: 'buffer' });
  assert.equal(status, 0, `openssl ${args[0]}: ${stderr}`);
  return stdout;
};

const readAll = async (stream) => { const parts = []; for await (const part of stream) { parts.push(part); } return Buffer.concat(parts); };

const listen = async (handler) => {
  const server = createServer(handler);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  stops.push(() => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}`;
};

/** Starts `wechatpay simulate` and reads the configuration that it writes. */
export const simulate = async (...args) => {
  const folder = newFolder();
  const config = join(folder, 'merchant.json');
  const child = spawn('dotnet', [tool, 'simulate', '--json', '--write-config', config, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(async () => {
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGINT');
    assert.equal(await gone, 0, 'the simulator ends well on SIGINT');
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
export const receive = async () => {
  const seen = [];
  const url = await listen(async (message, response) => {
    seen.push({ headers: message.headers, body: (await readAll(message)).toString('utf8') });
    response.writeHead(204).end();
  });
  return { url: `${url}/notify`, seen, next: async () => { for (let i = 0; i < 500 && seen.length === 0; i += 1) { await new Promise((go) => setTimeout(go, 10)); } return seen.shift(); } };
};

/** Passes everything on unchanged and keeps the answers' bytes and headers, for a client that hides them. */
export const watch = async (target) => {
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

/** Headers as a capture has them, one `Name: value` a line. */
export const headerLines = (headers) => Object.entries(headers).map(([name, value]) => `${name}: ${value}`).join('\n');

export const order = (merchantId, number, url) => ({
  appid, mchid: merchantId, description: '一杯茶 "hot" / €', out_trade_no: number, notify_url: url, attach: '茶&桌=7', amount: { total: 100, currency: 'CNY' },
});
