namespace WeChatPay.Wire;

/// <summary>Writes a request's body.</summary>
public delegate void WireBody(ref WireWriter writer);
