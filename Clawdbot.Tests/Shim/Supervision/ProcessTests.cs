using System.Diagnostics;
using Clawdbot.InferenceShim.Supervision;

namespace Clawdbot.Tests.Shim.Supervision;

public sealed class ProcessTests
{
    [Fact]
    public void A_programs_name_may_hold_anything()
    {
        var stat = ProcessStat.Parse("42 (a) S (b) T 7 42 40 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 9876 1000 3 18446744073709551615 1 1");
        Assert.Equal(new ProcessStat(42, 'T', 7, 40, 9876, 3 * Environment.SystemPageSize), stat);
        Assert.True(stat!.IsStopped);
        Assert.Null(ProcessStat.Parse("nonsense"));
        Assert.Null(ProcessStat.Parse("42 (a) S 1"));
    }

    [Fact]
    public void This_process_is_among_all()
    {
        Assert.Contains(ProcessStat.All(), p => p.Id == Environment.ProcessId && p.ResidentBytes > 1 << 20);
        Assert.Null(ProcessStat.Read(int.MaxValue));
    }

    [Fact]
    public async Task A_tree_has_those_who_left_the_session_and_all_of_it_is_killed()
    {
        using var root = Process.Start(new ProcessStartInfo("setsid")
        {
            ArgumentList = { "sh", "-c", "setsid sleep 600 & sleep 600 & echo up; read x" }, RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        await root.StandardOutput.ReadLineAsync();
        var tree = new ProcessTree(root.Id);
        await Deploy.Poll.UntilAsync(() => tree.Look().Count(p => p.Session == root.Id) == 2 && tree.Look().Count == 3);
        var pids = tree.Look().Select(p => p.Id).ToList();

        root.Kill(); // now nobody is anybody's child any more
        await root.WaitForExitAsync();
        Assert.Equal(2, tree.Look().Count);
        await tree.KillAsync(_ => { }, TimeProvider.System);
        Assert.All(pids, pid => Assert.True(ProcessStat.Read(pid) is null or { IsZombie: true }));
    }

    [Theory]
    [InlineData(0, "exited with code 0")]
    [InlineData(1, "exited with code 1")]
    [InlineData(127, "exited with code 127: its program was not found")]
    [InlineData(139, "was ended by SIGSEGV (code 139)")]
    [InlineData(255, "exited with code 255")]
    public void How_a_process_ended_is_told_in_words(int code, string words) => Assert.Equal(words, ExitWords.Of(code));

    [Fact]
    public void Of_SIGKILL_the_likely_cause_is_told() => Assert.Contains("no memory left", ExitWords.Of(137), StringComparison.Ordinal);

    [Fact]
    public void What_the_shim_is_told_the_engine_does_not_hear()
    {
        Environment.SetEnvironmentVariable("Fleet__Secret", "secret");
        try
        {
            Assert.DoesNotContain("Fleet__Secret", Launch.Of(["x"]).Environment.Keys);
        }
        finally
        {
            Environment.SetEnvironmentVariable("Fleet__Secret", null);
        }
    }
}
