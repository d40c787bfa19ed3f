// The clients from npm, set to a simulated platform.
import { createRequire } from 'node:module';
import { appid } from './helpers.mjs';

const require = createRequire(import.meta.url);
export const { Wechatpay, Aes: { AesGcm }, Formatter, Multipart, Rsa } = require('wechatpay-axios-plugin');
export const NodeV3 = require('wechatpay-node-v3');

/** What wechatpay-axios-plugin is made of; it verifies every answer with the platform's public key. */
export const axiosSettings = (platform, more = {}) => ({
  baseURL: platform.address, mchid: platform.merchantId, serial: platform.settings.MerchantSerial, privateKey: platform.file(platform.settings.MerchantPrivateKeyFile),
  certs: { [platform.settings.PlatformPublicKeyId]: platform.file(platform.settings.PlatformPublicKeyFile) }, ...more,
});

export const axiosFor = (platform, more) => new Wechatpay(axiosSettings(platform, more));

/** Sends an upload with the signature and the meta that node-v3 made; it leaves the sending to whoever sets its HTTP service. */
const upload = async (url, { fileinfo, pic_buffer: bytes }, { 'Content-Type': _, ...headers }) => {
  const form = new FormData();
  form.append('meta', JSON.stringify(fileinfo));
  form.append('file', new Blob([bytes]), fileinfo.filename);
  const response = await fetch(url, { method: 'POST', headers, body: form });
  return { status: response.status, data: await response.json() };
};

/** wechatpay-node-v3, which knows one host: its calls are sent to `address` in place of that. */
export const nodeV3For = (platform, address = platform.address) => {
  const client = new NodeV3({
    appid, mchid: platform.merchantId, serial_no: platform.settings.MerchantSerial, publicKey: Buffer.from('unused'), privateKey: platform.file(platform.settings.MerchantPrivateKeyFile), key: platform.settings.ApiV3Key,
  });
  const http = client.httpService;
  const local = (url) => url.replace('https://api.mch.weixin.qq.com', address);
  client.createHttp({
    get: (url, headers) => http.get(local(url), headers),
    post: (url, params, headers) => (params.pic_buffer ? upload(address + url, params, headers) : http.post(local(url), params, headers)),
  });
  return client;
};

/** What a verifier of node-v3 takes of a message's headers. */
export const signatureOf = (headers) => ({
  timestamp: headers['wechatpay-timestamp'], nonce: headers['wechatpay-nonce'], serial: headers['wechatpay-serial'], signature: headers['wechatpay-signature'],
});

/** Whether a message is signed by the key, as axios plugin sees it. */
export const isSigned = ({ headers, body }, key) => Rsa.verify(Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body), headers['wechatpay-signature'], key);

/** A notification's resource, opened by axios plugin. */
export const open = (body, apiV3Key) => {
  const { resource } = JSON.parse(body);
  return JSON.parse(AesGcm.decrypt(resource.ciphertext, apiV3Key, resource.nonce, resource.associated_data));
};
