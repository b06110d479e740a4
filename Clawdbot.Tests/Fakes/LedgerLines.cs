using System.Text.Json;

namespace Clawdbot.Tests.Fakes;

/// <summary>A gateway's ledger as it is on the disk.</summary>
internal sealed class LedgerLines : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-ledger-");

    public string Path => System.IO.Path.Combine(_folder.FullName, "ledger.jsonl");

    /// <summary>All whole lines of the newest file.</summary>
    public IReadOnlyList<JsonElement> All
    {
        get
        {
            if (!File.Exists(Path))
                return [];
            using var file = new StreamReader(new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            var text = file.ReadToEnd();
            return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(l => JsonDocument.Parse(l).RootElement)];
        }
    }

    /// <summary>Waits until there are so many.</summary>
    public async Task<IReadOnlyList<JsonElement>> UntilAsync(int count)
    {
        await Deploy.Poll.UntilAsync(() => All.Count >= count);
        return All;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
