namespace Clawdbot.Drill.Contenders;

/// <summary>A folder that goes with what was started.</summary>
internal sealed class TemporaryFolder(string name) : IAsyncDisposable
{
    public DirectoryInfo Folder { get; } = Directory.CreateTempSubdirectory(name);

    public ValueTask DisposeAsync()
    {
        Folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
