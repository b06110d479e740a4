namespace Clawdbot.Testing.Load;

/// <summary>Open-loop load: requests are due when they are due, however the ones before them fare.</summary>
internal sealed class LoadPlan
{
    /// <summary>Requests per second; the steps follow one another.</summary>
    public IList<LoadStep> Steps { get; set; } = [];

    /// <summary>Share of streamed requests, 0 to 1.</summary>
    public double Streaming { get; set; } = 0.7;

    /// <summary>Share of requests with a picture, 0 to 1.</summary>
    public double Pictures { get; set; } = 0.3;

    /// <summary>Asks nothing but the two requests of the original document's failover test, in turn: <c>POST /api/process</c>.</summary>
    public bool Original { get; set; }

    /// <summary>Most tokens of each answer.</summary>
    public int? MaxTokens { get; set; } = 24;

    /// <summary>Draws the arrivals and questions; the same seed is the same load.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Seconds without a byte after which the client gives up.</summary>
    public double PatienceSeconds { get; set; } = 20;

    /// <summary>The client's own deadline, seconds, which it tells the gateway; null for none.</summary>
    public double? DeadlineSeconds { get; set; }

    /// <summary>What other tenants ask meanwhile.</summary>
    public IList<Flood> Floods { get; set; } = [];

    /// <summary>Length of all steps, seconds.</summary>
    public double Seconds => Steps.Sum(s => s.Seconds);
}
