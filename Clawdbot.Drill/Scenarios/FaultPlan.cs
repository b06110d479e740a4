namespace Clawdbot.Drill.Scenarios;

/// <summary>What can be done to a contender.</summary>
internal enum FaultKind
{
    /// <summary>SIGKILL.</summary>
    Kill,

    /// <summary>SIGSTOP, and SIGCONT after <see cref="FaultPlan.Lasting"/>: a hung process.</summary>
    Stop,

    /// <summary>SIGTERM: a planned stop.</summary>
    Terminate,

    /// <summary>
    /// The cable to a replica is pulled: neither FIN nor RST is sent. Each replica runs in a network namespace then, which needs root on
    /// Linux.
    /// </summary>
    Cut,

    /// <summary>A command line, such as <c>docker kill clawdbot-replica-0</c>.</summary>
    Command,

    /// <summary>In the path: every byte comes later.</summary>
    Latency,

    /// <summary>In the path: the connection of a generation is reset in mid-answer.</summary>
    Reset,

    /// <summary>In the path: the stream of a generation ends in mid-answer as if it had ended well.</summary>
    HalfClose,

    /// <summary>In the path: nothing passes any more, and nothing is closed.</summary>
    Blackhole,

    /// <summary>In the path: bytes trickle.</summary>
    Drip,

    /// <summary>In the path: an event of a generation is garbled.</summary>
    Corrupt,

    /// <summary>In the path: 500 instead of an answer.</summary>
    ServerError,

    /// <summary>In the path: 429 with a <c>Retry-After</c> instead of an answer.</summary>
    TooMany,

    /// <summary>In the path: an error event in mid-answer.</summary>
    ErrorEvent,

    /// <summary>In the path: new connections are refused.</summary>
    Refuse,

    /// <summary>In the path: 200 and an empty stream.</summary>
    Empty,

    /// <summary>In the path: 200 and a web page.</summary>
    WrongType,

    /// <summary>In the path: the stream ends in the middle of an event.</summary>
    HalfEvent,

    /// <summary>In the path: an event that never ends.</summary>
    Endless,

    /// <summary>In the path: a generation's first byte comes late.</summary>
    SlowStart,
}

/// <summary>One fault of a scenario: what is done, to which processes, and when.</summary>
internal sealed class FaultPlan
{
    public FaultKind Do { get; set; }

    /// <summary>
    /// Whom it hits: the <c>next</c> replica in turn, a <c>random</c> one, <c>all</c> replicas, <c>all_but_one</c>, <c>half</c> of them
    /// by chance, the next <c>gateway</c> in turn, or a name such as <c>replica-2</c>.
    /// </summary>
    public string To { get; set; } = "next";

    /// <summary>Seconds from the start of the run to the first time.</summary>
    public double After { get; set; } = 2;

    /// <summary>Seconds from one time to the next; null: once only.</summary>
    public double? Every { get; set; }

    /// <summary>Seconds that the fault lasts, for kinds that do not end by themselves.</summary>
    public double Lasting { get; set; } = 3;

    /// <summary>Program and arguments of <see cref="FaultKind.Command"/>.</summary>
    public IList<string> Run { get; set; } = [];

    /// <summary>Delays the fault until every other process is up, because failover is promised only with a healthy neighbour.</summary>
    public bool OnlyWhenOthersAreUp { get; set; } = true;

    /// <summary>Events of a generation that pass before a disturbance of its path begins; 0: before the first.</summary>
    public int Events { get; set; } = 6;

    /// <summary>
    /// Delays the fault until so many other replicas are up without a fault, and the chosen one is without a fault too; used instead of
    /// <see cref="OnlyWhenOthersAreUp"/>.
    /// </summary>
    public int? LeaveHealthy { get; set; }

    /// <summary>Whether the proxy in the path to a replica makes the fault.</summary>
    public bool IsInPath => Do >= FaultKind.Latency;
}
