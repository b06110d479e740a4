namespace Clawdbot.Testing.Load;

/// <summary>A request that is sent repeatedly and whose answer is known.</summary>
/// <param name="Name">A short name for reports.</param>
/// <param name="Text">What is asked.</param>
/// <param name="Picture">A PNG that is asked about; null for text alone.</param>
/// <param name="Stream">Whether the answer is streamed.</param>
/// <param name="Seed">Seed of the request, so that the answer is the same each time.</param>
/// <param name="MaxTokens">Most tokens of the answer; null for no limit.</param>
internal sealed record Question(string Name, string Text, byte[]? Picture, bool Stream, long Seed, int? MaxTokens)
{
    /// <summary>A body for <c>/api/process</c> that is sent instead of a chat request; null for none.</summary>
    public string? Form { get; init; }

    /// <summary>More fields of the chat request, such as <c>,"temperature":0</c>.</summary>
    public string More { get; init; } = "";
}
