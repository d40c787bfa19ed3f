namespace WeChatPay.Tool;

/// <summary>A file that is written beside its place, and takes it when it is whole: half of one must not look like one.</summary>
internal sealed class UnfinishedFile(string target) : IDisposable
{
    /// <summary>Where it is written.</summary>
    public string Path { get; } = target + ".part";

    /// <summary>It is whole.</summary>
    public void Finish() => File.Move(Path, target, overwrite: true);

    public void Dispose() => File.Delete(Path);
}
