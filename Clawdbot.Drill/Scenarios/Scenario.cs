using Clawdbot.Testing.Load;

namespace Clawdbot.Drill.Scenarios;

/// <summary>What a drill does, as its YAML file says it. Every property has the file's name in snake case.</summary>
internal sealed class Scenario
{
    /// <summary>Short name, as in <c>drill run --scenario</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>What it shows, in a sentence or two.</summary>
    public string What { get; set; } = "";

    /// <summary>What is started when no target is given.</summary>
    public Topology Topology { get; set; } = new();

    /// <summary>What is asked, and how often.</summary>
    public LoadPlan Load { get; set; } = new();

    /// <summary>The faults during the load.</summary>
    public IList<FaultPlan> Faults { get; set; } = [];

    /// <summary>Further faults, drawn at random; null for none.</summary>
    public RandomFaults? RandomFaults { get; set; }

    /// <summary>The contenders, one after the other under the same load and faults; the first must meet the objectives.</summary>
    public IList<ContenderKind> Contenders { get; set; } = [ContenderKind.Clawdbot];

    /// <summary>What must hold for the exit code to be 0.</summary>
    public Objectives Objectives { get; set; } = new();

    /// <summary>
    /// Our gateways keep a ledger, and it is compared with the tokens that the replicas say they generated. Not for drills that kill
    /// gateways: a killed one loses what it had not yet written.
    /// </summary>
    public bool Ledger { get; set; }

    /// <summary>Whether to find first, without faults, the most requests at once that each contender serves inside the SLO.</summary>
    public bool MeasureCapacity { get; set; }

    /// <summary>Whether a fault hits gateways.</summary>
    public bool HarmsGateways => Faults.Any(f => f.To.StartsWith("gateway", StringComparison.Ordinal));
}

/// <summary>The kinds of deployment that a drill can compare.</summary>
internal enum ContenderKind
{
    /// <summary>Our gateway over all replicas; two or more gateways stand behind Nginx.</summary>
    Clawdbot,

    /// <summary>One replica alone, asked directly: the original document's "single".</summary>
    Single,

    /// <summary>A plain YARP proxy over the same replicas.</summary>
    Yarp,

    /// <summary>Nginx with its own defaults for failure, over the same replicas.</summary>
    Nginx,
}

/// <summary>What a drill starts: replicas with the embedded engine, and the gateways before them.</summary>
internal sealed class Topology
{
    public int Replicas { get; set; } = 4;

    public int Gateways { get; set; } = 1;

    /// <summary>Requests that each replica generates at once.</summary>
    public int Capacity { get; set; } = 64;

    /// <summary>Pace of each answer, tokens per second.</summary>
    public double TokensPerSecond { get; set; } = 50;

    /// <summary>Wait before an attempt's first token, milliseconds; it stands for the prefill of a GPU.</summary>
    public int FirstTokenMs { get; set; } = 100;

    /// <summary>Milliseconds from the end of a process until it is started again.</summary>
    public int RestartAfterMs { get; set; } = 500;

    /// <summary>Settings of each gateway, such as <c>Health:StrikesOut: 5</c>.</summary>
    public IDictionary<string, string> GatewaySettings { get; set; } = new Dictionary<string, string>();
}

/// <summary>The objectives of a scenario; one that is null is not checked.</summary>
internal sealed class Objectives
{
    /// <summary>Least share of right answers, percent.</summary>
    public double? Availability { get; set; }

    /// <summary>Most answers that are wrong and look right.</summary>
    public int? Quiet { get; set; }

    /// <summary>Most answers that failed, visibly or not; shed ones (429, 503 with Retry-After) don't count.</summary>
    public int? Failed { get; set; }

    /// <summary>P95 of first tokens, milliseconds.</summary>
    public double? FirstTokenP95Ms { get; set; }

    /// <summary>P99 of the silence of failovers in mid-answer, milliseconds, the new replica's first token included.</summary>
    public double? SilenceP99Ms { get; set; }

    /// <summary>Longest time from a fault until clients are served without failure, seconds.</summary>
    public double? RecoverySeconds { get; set; }

    /// <summary>
    /// Most that memory, descriptors and threads of a process that lived through the run may have grown, from the middle third to the last,
    /// percent.
    /// </summary>
    public double? GrowthPercent { get; set; }

    /// <summary>Most ejections of replicas, as the gateways count them.</summary>
    public int? Ejections { get; set; }

    /// <summary>Most that the attempts of right answers may be on average, as the gateways tell them.</summary>
    public double? AttemptsMean { get; set; }

    /// <summary>Objectives for more load than there are places; null for none.</summary>
    public PeakObjectives? Peak { get; set; }

    /// <summary>Most that the P95 of first tokens during floods may be, as a multiple of the P95 without floods.</summary>
    public double? FloodedP95Ratio { get; set; }
}
