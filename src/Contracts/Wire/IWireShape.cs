namespace WeChatPay.Wire;

/// <summary>A shape that can be written to JSON.</summary>
public interface IWireShape
{
    /// <summary>Writes the shape as one JSON object.</summary>
    void WriteTo(ref WireWriter writer);
}
