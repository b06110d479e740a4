using Clawdbot.Drill.Faults;
using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Report;

/// <summary>One objective and whether it held.</summary>
/// <param name="Name">Such as <c>availability</c>.</param>
/// <param name="Wanted">In words, with unit.</param>
/// <param name="Measured">In words, with unit.</param>
/// <param name="Held">Whether it held.</param>
internal sealed record ObjectiveResult(string Name, string Wanted, string Measured, bool Held);

/// <summary>What one contender did under a scenario's load and faults.</summary>
internal sealed record RunResult
{
    /// <summary>Such as <c>Clawdbot</c>, <c>single</c>, <c>plain YARP</c>, <c>Nginx</c>.</summary>
    public required string Contender { get; init; }

    /// <summary>What it consists of, in a line: programs, versions, replicas, capacity of each.</summary>
    public required string Description { get; init; }

    /// <summary>Milliseconds over which requests were due.</summary>
    public required double Length { get; init; }

    public required IReadOnlyList<Sample> Samples { get; init; }

    public required IReadOnlyList<FaultMark> Faults { get; init; }

    /// <summary>Empty for a contender that is only there to compare with.</summary>
    public IReadOnlyList<ObjectiveResult> Objectives { get; init; } = [];

    /// <summary>Failovers by kind, such as <c>mid_stream, exact, connection_reset</c>; empty where the contender doesn't tell.</summary>
    public IReadOnlyDictionary<string, long> Failovers { get; init; } = new Dictionary<string, long>();

    /// <summary>Most requests at once while first tokens and availability stayed inside the SLO; null when that wasn't measured.</summary>
    public int? MostInsideSlo { get; init; }

    /// <summary>What its processes held over the run.</summary>
    public IReadOnlyList<Resources.Trend> Trends { get; init; } = [];

    /// <summary>The gateways' ledgers held against the replicas' counts; null where that was not asked.</summary>
    public Ledger.LedgerAudit? Ledger { get; init; }

    /// <summary>How often replicas were taken out of the rotation; null where the contender doesn't tell.</summary>
    public int? Ejections { get; init; }

    /// <summary>Share of all the machine's processors that was busy, 0 to 1; NaN where it isn't known.</summary>
    public double MachineBusy { get; init; } = double.NaN;
}

/// <summary>A whole drill.</summary>
/// <param name="Scenario">Its name.</param>
/// <param name="What">What it is, in a sentence or two.</param>
/// <param name="At">When it began.</param>
/// <param name="Machine">Processors, memory, operating system, in a line.</param>
/// <param name="Command">The command line that repeats it.</param>
/// <param name="Runs">One for each contender, ours first.</param>
internal sealed record DrillResult(
    string Scenario, string What, DateTimeOffset At, string Machine, string Command, IReadOnlyList<RunResult> Runs)
{
    /// <summary>Whether every objective held.</summary>
    public bool Held => Runs.All(r => r.Objectives.All(o => o.Held));
}
