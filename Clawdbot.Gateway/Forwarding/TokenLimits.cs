namespace Clawdbot.Gateway.Forwarding;

/// <summary>When an attempt's tokens are due.</summary>
/// <param name="First">The longest time from sending the request to the first token.</param>
/// <param name="Next">The longest time from one token to the next.</param>
/// <param name="HeldBack">The longest time from one token to the next once the answer has parts that engines hold back.</param>
/// <param name="Heard">The longest time without a token during which signs of life explain that none comes.</param>
internal readonly record struct TokenLimits(TimeSpan First, TimeSpan Next, TimeSpan HeldBack, TimeSpan Heard);
