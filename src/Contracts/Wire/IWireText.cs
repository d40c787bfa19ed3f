namespace WeChatPay.Wire;

/// <summary>An open enumeration: a text on the wire, of which some are known.</summary>
public interface IWireText
{
    /// <summary>The text on the wire.</summary>
    string Value { get; }
}
