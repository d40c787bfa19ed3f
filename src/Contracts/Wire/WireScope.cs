using System.Text;

namespace WeChatPay.Wire;

/// <summary>For whom something is written: fills in what a request leaves out, seals what is sensitive, and holds the first reason why the request cannot be right.</summary>
public abstract class WireScope
{
    private string? _path;
    private string? _problem;

    /// <summary>Whether something cannot be right.</summary>
    public bool IsRefused => _problem is not null;

    /// <summary>Where, as a path such as <c>amount.total</c>; empty when nothing is wrong.</summary>
    public string RefusedPath => _path ?? string.Empty;

    /// <summary>What is wrong there, in words that follow the field's name; empty when nothing is wrong.</summary>
    public string Problem => _problem ?? string.Empty;

    /// <summary>Whether fields that a request must have are asked for; otherwise what is there is written.</summary>
    public virtual bool Demands => true;

    /// <summary>The options' value, or null when they have none.</summary>
    public abstract string? Fill(WireDefault source);

    /// <summary>Seals a text to the platform's key; null, and the reason, when it cannot be sealed.</summary>
    public abstract string? Seal(string plain, out string problem);

    /// <summary>Notes the first thing that cannot be right.</summary>
    internal void Refuse(ReadOnlySpan<byte> name, string problem)
    {
        if (_problem is null)
        {
            (_path, _problem) = (Encoding.UTF8.GetString(name), problem);
        }
    }

    /// <summary>Notes that this element of an array cannot be right.</summary>
    internal void Refuse(int index, string problem)
    {
        if (_problem is null)
        {
            (_path, _problem) = (At(index), problem);
        }
    }

    /// <summary>The refused field lies within this one.</summary>
    internal void Within(ReadOnlySpan<byte> name) => _path = Join(Encoding.UTF8.GetString(name));

    /// <summary>The refused field lies within this element of an array.</summary>
    internal void Within(int index) => _path = Join(At(index));

    private static string At(int index) => "[" + index.ToString(System.Globalization.CultureInfo.InvariantCulture) + "]";

    private string Join(string outer) => outer + (_path!.StartsWith('[') ? string.Empty : ".") + _path;
}
