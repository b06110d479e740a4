namespace Clawdbot.Testing.Load;

/// <summary>Open-loop load: the times of requests do not depend on the answers to earlier ones.</summary>
internal sealed class LoadPlan
{
    /// <summary>Requests per second; the steps follow one another.</summary>
    public IList<LoadStep> Steps { get; set; } = [];

    /// <summary>Share of streamed requests, 0 to 1.</summary>
    public double Streaming { get; set; } = 0.7;

    /// <summary>Share of requests with a picture, 0 to 1.</summary>
    public double Pictures { get; set; } = 0.3;

    /// <summary>Sends only the two requests of the original document's failover test, in turn: <c>POST /api/process</c>.</summary>
    public bool Original { get; set; }

    /// <summary>Most tokens of each answer.</summary>
    public int? MaxTokens { get; set; } = 24;

    /// <summary>Seed of the arrivals and questions; the same seed gives the same load.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>Seconds without a byte after which the client gives up.</summary>
    public double PatienceSeconds { get; set; } = 20;

    /// <summary>The deadline that clients send to the gateway, seconds; null for none.</summary>
    public double? DeadlineSeconds { get; set; }

    /// <summary>The load of other tenants.</summary>
    public IList<Flood> Floods { get; set; } = [];

    /// <summary>Length of all steps, seconds.</summary>
    public double Seconds => Steps.Sum(s => s.Seconds);
}
