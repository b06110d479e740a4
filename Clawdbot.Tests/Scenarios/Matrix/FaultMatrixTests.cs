namespace Clawdbot.Tests.Scenarios.Matrix;

/// <summary>
/// Every fault there is, before the client has seen anything and after, streamed and plain, alone and in pairs, on one replica and on all but one:
/// what the client sees of it. The tables stand in docs/operations.md, and must be true.
/// </summary>
[Collection(Alone.Name)]
public sealed class FaultMatrixTests(ITestOutputHelper output)
{
    private const string Document = "docs/operations.md";

    [Fact(Explicit = true)]
    public async Task Of_scripted_replicas() => Keep("fault matrix", await HostileRows.AloneAndInPairsAsync());

    [Fact(Explicit = true)]
    public async Task By_how_engines_go_on_and_what_was_asked() => Keep("fault matrix: ways", await HostileRows.WaysAsync());

    [Fact(Explicit = true)]
    public async Task Of_whole_replicas() => Keep("fault matrix: replicas", await WholeReplicaRows.AllAsync());

    [Fact(Explicit = true)]
    public async Task Of_processes_and_of_engines_that_say_they_are_well()
    {
        var (processes, engines) = (ProcessRows.AllAsync(), EngineRows.AllAsync());
        Keep("fault matrix: processes", await processes);
        Keep("fault matrix: engines", await engines);
    }

    private void Keep(string name, string table)
    {
        output.WriteLine(table);
        Assert.DoesNotContain(Outcome.Defect, table, StringComparison.Ordinal);
        KeptTable.AssertKept(Document, name, table);
    }
}
