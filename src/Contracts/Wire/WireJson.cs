using System.Text.Encodings.Web;
using System.Text.Json;

namespace WeChatPay.Wire;

/// <summary>How JSON is written for the platform.</summary>
public static class WireJson
{
    /// <summary>Chinese stays Chinese, <c>&lt;</c> stays <c>&lt;</c>: the body is signed as it is sent, nobody puts it into HTML.</summary>
    public static JsonWriterOptions Options => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A body that is one shape.</summary>
    public static WireBody BodyOf(IWireShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return shape.WriteTo;
    }

    /// <summary>A body that is an array of shapes.</summary>
    public static WireBody BodyOf<T>(IReadOnlyList<T> shapes)
        where T : class, IWireShape
    {
        ArgumentNullException.ThrowIfNull(shapes);
        return (ref WireWriter writer) => writer.Elements(shapes);
    }

    /// <summary>A body that is JSON already; it is written when it is checked.</summary>
    public static WireBody BodyOf(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return (ref WireWriter writer) => writer.Whole(json);
    }

    /// <summary>A shape as the text of its JSON, for a parameter that holds one; null for none.</summary>
    /// <exception cref="ArgumentException">A text of the shape is not well-formed Unicode, or would have to be sealed.</exception>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(shape))]
    public static string? TextOf(IWireShape? shape)
    {
        if (shape is null)
        {
            return null;
        }

        var scope = new PlainScope();
        var text = WireWriter.ToText(shape, scope);
        return scope.IsRefused ? throw new ArgumentException(scope.RefusedPath + " " + scope.Problem, nameof(shape)) : text;
    }

    /// <summary>Nothing is filled in, nothing can be sealed.</summary>
    private sealed class PlainScope : WireScope
    {
        public override bool Demands => false;

        public override string? Fill(WireDefault source) => null;

        public override string? Seal(string plain, out string problem)
        {
            problem = "cannot be sealed here";
            return null;
        }
    }
}
