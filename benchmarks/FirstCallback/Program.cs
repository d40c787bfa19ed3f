using WeChatPay.FirstCallback;

// verify|decode KEY BODY TIMESTAMP NONCE SIGNATURE SERIAL APIV3KEY: one callback, once, in a fresh process; the first two are files.
var isGood = args switch
{
    ["verify", var key, var body, var timestamp, var nonce, var signature, _, _] => Verify.Run(key, body, timestamp, nonce, signature),
    ["decode", var key, var body, var timestamp, var nonce, var signature, var serial, var apiV3Key] => Decode.Run(key, body, timestamp, nonce, signature, serial, apiV3Key),
    _ => false,
};
return isGood ? 0 : 1;
