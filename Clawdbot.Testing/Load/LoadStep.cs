namespace Clawdbot.Testing.Load;

/// <summary>A stretch of steady load.</summary>
internal sealed class LoadStep
{
    /// <summary>Requests per second, on average.</summary>
    public double Rate { get; set; }

    public double Seconds { get; set; }

    /// <summary>Whether requests come at even distances instead of at random.</summary>
    public bool Even { get; set; }
}
