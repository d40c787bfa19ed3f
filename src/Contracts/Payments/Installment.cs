using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using WeChatPay.Wire;

namespace WeChatPay;

/// <summary>How an order is paid in installments.</summary>
public sealed class Installment
{
    /// <summary>Whether the merchant bears the fee.</summary>
    public bool? UseSubsidy { get; init; }

    /// <summary>The number of installments.</summary>
    public long? SelectedInstallmentNumber { get; init; }

    /// <summary>Fields that the library does not know, or could not read as described, raw.</summary>
    public IReadOnlyDictionary<string, JsonElement> Extra { get; init; } = WireExtra.None;

    /// <summary>Reads the shape from JSON: a value, or the path and the reason; never an exception.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out Installment? value, [NotNullWhen(false)] out DecodeError? error) =>
        WireReader.TryRead(json, Read, out value, out error);

    /// <summary>The type alone.</summary>
    public override string ToString() => "Installment";

    internal static Installment? Read(ref WireReader reader)
    {
        bool? useSubsidy = null;
        long? selectedInstallmentNumber = null;
        WireExtra extra = default;
        while (reader.NextField())
        {
            if (reader.Is("use_subsidy"u8)) { useSubsidy = reader.Boolean(ref extra); }
            else if (reader.Is("selected_installment_number"u8)) { selectedInstallmentNumber = reader.Int64(ref extra); }
            else { reader.Keep(ref extra); }
        }

        return new()
        {
            UseSubsidy = useSubsidy,
            SelectedInstallmentNumber = selectedInstallmentNumber,
            Extra = extra.Fields,
        };
    }
}
