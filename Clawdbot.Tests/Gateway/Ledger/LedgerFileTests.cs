using Clawdbot.Gateway.Ledger;

namespace Clawdbot.Tests.Gateway.Ledger;

public sealed class LedgerFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("clawdbot-ledger-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_full_file_steps_back_and_the_oldest_goes()
    {
        var options = new LedgerOptions { Path = Path.Combine(_folder.FullName, "ledger.jsonl"), FileMebibytes = 1, Files = 3 };
        using (var file = new LedgerFile(options))
        {
            for (byte i = 0; i < 10; i++)
                file.Append(Lines(i));
        }

        Assert.Equal(["ledger.jsonl", "ledger.jsonl.1", "ledger.jsonl.2"], _folder.GetFiles().Select(f => f.Name).Order());
        Assert.Equal((byte)9, File.ReadAllBytes(options.Path)[0]);
        Assert.Equal((byte)8, File.ReadAllBytes(options.Path + ".1")[0]);
        Assert.All(_folder.GetFiles(), f => Assert.InRange(f.Length, 1, 1 << 20));
    }

    [Fact]
    public void A_new_start_goes_on_where_the_last_one_ended()
    {
        var options = new LedgerOptions { Path = Path.Combine(_folder.FullName, "ledger.jsonl") };
        foreach (var line in (byte[])[1, 2])
        {
            using var file = new LedgerFile(options);
            file.Append([line]);
        }

        Assert.Equal([1, 2], File.ReadAllBytes(options.Path));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(options.Path));
    }

    [Fact]
    public void A_ledger_that_can_not_be_written_is_said_at_the_start()
    {
        Assert.True(new LedgerRule().Validate(null, new LedgerOptions()).Succeeded);
        Assert.Contains("Ledger:Path", new LedgerRule().Validate(null, new LedgerOptions { Path = "/proc/nothing/ledger" }).FailureMessage,
            StringComparison.Ordinal);
    }

    private static byte[] Lines(byte content) => [.. Enumerable.Repeat(content, 700_000)];
}
