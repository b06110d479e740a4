namespace Clawdbot.Testing.Load;

/// <summary>Load that another tenant adds for a time, with an API key of its own.</summary>
internal sealed class Flood
{
    /// <summary>The tenant that sends it.</summary>
    public string Tenant { get; set; } = "flood";

    /// <summary>Requests per second, on average.</summary>
    public double Rate { get; set; }

    /// <summary>Seconds from the start to its beginning.</summary>
    public double After { get; set; }

    public double Seconds { get; set; }

    /// <summary>Whether a time in milliseconds from the run's start lies in the flood.</summary>
    public bool Covers(double due) => due >= After * 1000 && due < (After + Seconds) * 1000;
}
