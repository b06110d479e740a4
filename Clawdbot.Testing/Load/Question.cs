namespace Clawdbot.Testing.Load;

/// <summary>A request that is made again and again, and whose answer is known.</summary>
/// <param name="Name">Short, for reports.</param>
/// <param name="Text">What is asked.</param>
/// <param name="Picture">A PNG that is asked about; null for text alone.</param>
/// <param name="Stream">Whether the answer is streamed.</param>
/// <param name="Seed">Makes the answer the same each time.</param>
/// <param name="MaxTokens">Most tokens of the answer; null is the engine's own end.</param>
internal sealed record Question(string Name, string Text, byte[]? Picture, bool Stream, long Seed, int? MaxTokens)
{
    /// <summary>A body for <c>/api/process</c>, sent as it is instead of all the rest.</summary>
    public string? Form { get; init; }
}
