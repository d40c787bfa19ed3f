using System.Security.Cryptography;
using WeChatPay.Functional;
using WeChatPay.Shell;

namespace WeChatPay.Tool;

/// <summary>What <c>wechatpay doctor</c> is asked to look at.</summary>
internal sealed class DoctorOrder
{
    /// <summary>The configuration's file.</summary>
    public required string Config { get; init; }

    public required IReadOnlyList<string> NotifyUrls { get; init; }

    public required NotifyReach NotifyReach { get; init; }

    public required IReadOnlyList<Uri> BackupAddresses { get; init; }

    public required bool IsOffline { get; init; }
}

/// <summary>Gathers what the doctor judges: reads files, knocks at hosts, asks the platform. Decides nothing.</summary>
internal sealed class Examiner(WeChatPayOptions options, DoctorOrder order, HttpClient http)
{
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly ExaminedSettings _settings = new MerchantSetup(options).Examine(http, TimeProvider.System);

    public async Task<DoctorFacts> GatherAsync(CancellationToken cancellationToken)
    {
        var hosts = order.IsOffline ? [] : await KnockAsync(cancellationToken).ConfigureAwait(false);

        // Whoever does not reach the host asks it nothing.
        var client = hosts.Count > 0 && hosts[0] is { Failure: null, Use: HostUse.Main } ? _settings.Client : null;
        return new DoctorFacts(
            _clock.GetUtcNow(),
            options.MerchantId ?? string.Empty,
            [.. _settings.Problems.Select(static problem => new RefusedSetting(problem.Setting, problem.Code, new Advice(problem.English, problem.Chinese)))],
            options.Suite,
            _settings.Key,
            _settings.Certificate,
            _settings.ApiV3Key,
            _settings.Keys,
            _settings.Roots,
            options.DownloadPlatformCertificates,
            _settings.BaseAddress is { IsLoopback: true },
            order.NotifyReach,
            order.NotifyUrls,
            [.. FindSecrets()],
            order.IsOffline,
            hosts,
            client is null ? [] : await AskAsync(client, cancellationToken).ConfigureAwait(false),
            client is null ? null : await Examinations.ask(cancellationToken, client, string.Empty, Certificates.operationFor(options.Suite)).ConfigureAwait(false));
    }

    private async Task<IReadOnlyList<KnockedHost>> KnockAsync(CancellationToken cancellationToken)
    {
        if (_settings.BaseAddress is not { } main)
        {
            return [];
        }

        var knocks = new List<Task<KnockedHost>> { Examinations.knock(cancellationToken, http, _clock, HostUse.Main, main) };
        knocks.AddRange(FindBackups().Select(address => Examinations.knock(cancellationToken, http, _clock, HostUse.Backup, address)));
        if (_settings.GlobalAddress is { } global)
        {
            knocks.Add(Examinations.knock(cancellationToken, http, _clock, HostUse.Global, global));
        }

        return await Task.WhenAll(knocks).ConfigureAwait(false);
    }

    /// <summary>Those that are configured, and those that are asked about.</summary>
    private IEnumerable<Uri> FindBackups()
    {
        foreach (var text in options.Resilience.BackupAddresses)
        {
            if (MerchantSetup.TryReadAddress(text, out var address))
            {
                yield return address;
            }
        }

        foreach (var address in order.BackupAddresses)
        {
            yield return address;
        }
    }

    private async Task<IReadOnlyList<AskedQuestion>> AskAsync(Client client, CancellationToken cancellationToken)
    {
        var asked = new List<AskedQuestion>();
        foreach (var serial in Doctor.serials(_clock.GetUtcNow(), _settings.Keys))
        {
            var question = Doctor.question(client.Caller.MerchantId, "doctor" + RandomNumberGenerator.GetHexString(26));
            asked.Add(await Examinations.ask(cancellationToken, client, serial, question).ConfigureAwait(false));
        }

        return asked;
    }

    /// <summary>The files with secrets in them: the merchant's key, and the configuration where it holds the APIv3 key, a key's text or a password.</summary>
    private IEnumerable<SecretFile> FindSecrets()
    {
        if (string.IsNullOrWhiteSpace(options.MerchantPrivateKey)
            && !string.IsNullOrWhiteSpace(options.MerchantPrivateKeyFile)
            && Path.Combine(options.BaseDirectory, options.MerchantPrivateKeyFile) is var key
            && File.Exists(key))
        {
            yield return new SecretFile(nameof(options.MerchantPrivateKeyFile), options.MerchantPrivateKeyFile, ReadMode(key));
        }

        string?[] secrets = [options.ApiV3Key, options.MerchantPrivateKey, options.MerchantPrivateKeyPassword];
        if (Array.Exists(secrets, static secret => !string.IsNullOrWhiteSpace(secret)))
        {
            yield return new SecretFile("--config", order.Config, ReadMode(order.Config));
        }
    }

    /// <summary>Who may read the file itself, not the link to it, which everybody may follow.</summary>
    private static int? ReadMode(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        try
        {
            return (int)File.GetUnixFileMode(File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
