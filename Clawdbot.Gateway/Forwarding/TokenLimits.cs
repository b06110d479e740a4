namespace Clawdbot.Gateway.Forwarding;

/// <summary>When an attempt's tokens are due.</summary>
/// <param name="First">The longest time from sending the request to the first token.</param>
/// <param name="Next">The longest time from one token to the next.</param>
internal readonly record struct TokenLimits(TimeSpan First, TimeSpan Next);
