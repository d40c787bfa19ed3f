using System.Text;

namespace WeChatPay.Testing;

/// <summary>What a <see cref="TestPlatformHandler"/> is to answer: signed rightly unless told otherwise. Immutable.</summary>
public sealed class TestAnswer
{
    private TestAnswer(int status, ReadOnlyMemory<byte> body, AnswerFate fate) => (Status, Body, Fate) = (status, body, fate);

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The exact bytes.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    internal AnswerFate Fate { get; }

    /// <summary>A signed answer with a JSON body.</summary>
    public static TestAnswer Json(int status, string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(status, Encoding.UTF8.GetBytes(json), AnswerFate.Signed);
    }

    /// <summary>A signed 204, such as closing an order is answered with.</summary>
    public static TestAnswer NoContent() => new(204, default, AnswerFate.Signed);

    /// <summary>A signed refusal, such as 404 <c>ORDER_NOT_EXIST</c>.</summary>
    public static TestAnswer Error(int status, string code, string message) =>
        new(status, TestJson.Write(TestJson.Refusal(code, message)), AnswerFate.Signed);

    /// <summary>The request arrives, its answer does not: the connection breaks, and the outcome of a POST is unknown.</summary>
    public TestAnswer Lost() => new(Status, Body, AnswerFate.Lost);

    /// <summary>Without a signature, as from a gateway or a stranger.</summary>
    public TestAnswer Unsigned() => new(Status, Body, AnswerFate.Unsigned);

    /// <summary>Signed by a key that nobody trusts, under the serial that is trusted.</summary>
    public TestAnswer WronglySigned() => new(Status, Body, AnswerFate.WronglySigned);

    /// <summary>The status alone.</summary>
    public override string ToString() => "TestAnswer(" + Status.ToString(System.Globalization.CultureInfo.InvariantCulture) + ", " + Fate + ")";
}

/// <summary>How an answer arrives.</summary>
internal enum AnswerFate
{
    Signed,
    Unsigned,
    WronglySigned,
    Lost,
}
