namespace Clawdbot.Testing.Load;

/// <summary>A stretch of load that another tenant brings beside all the rest, with a key of its own.</summary>
internal sealed class Flood
{
    /// <summary>Whose it is.</summary>
    public string Tenant { get; set; } = "flood";

    /// <summary>Requests per second, on average.</summary>
    public double Rate { get; set; }

    /// <summary>Seconds from the start to its beginning.</summary>
    public double After { get; set; }

    public double Seconds { get; set; }

    /// <summary>Whether something that is due then is due during it; milliseconds from the start.</summary>
    public bool Covers(double due) => due >= After * 1000 && due < (After + Seconds) * 1000;
}
