namespace Clawdbot.Gateway.Replicas;

/// <summary>What an attempt showed of its replica.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Prompt">Size of what the engine had to read.</param>
/// <param name="FirstToken">Time from sending the request to the first token; null when none came.</param>
/// <param name="Tokens">Number of tokens it brought, those included that the client had already.</param>
/// <param name="Generating">Time from the first token to the last.</param>
/// <param name="LongestGap">
/// The longest time between two tokens, or between two batches where tokens travel together, without waits for a slow client.
/// </param>
/// <param name="InVain">How long its first token was waited for until another attempt had one sooner; null when none had.</param>
internal readonly record struct AttemptReport(
    AttemptOutcome Outcome, PromptSize Prompt = default, TimeSpan? FirstToken = null, int Tokens = 0, TimeSpan Generating = default,
    TimeSpan LongestGap = default, TimeSpan? InVain = null);
