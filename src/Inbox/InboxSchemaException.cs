namespace WeChatPay.Inbox;

/// <summary>The inbox's tables are of a newer version than this program knows, or of none that it can read.</summary>
public sealed class InboxSchemaException : InvalidOperationException
{
    /// <summary>Makes one.</summary>
    public InboxSchemaException()
    {
    }

    /// <summary>Makes one from a message.</summary>
    public InboxSchemaException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one from a message and a cause.</summary>
    public InboxSchemaException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
