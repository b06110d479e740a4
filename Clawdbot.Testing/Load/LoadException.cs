namespace Clawdbot.Testing.Load;

/// <summary>A server cannot be put under load; the message says why and what to do.</summary>
internal sealed class LoadException(string message) : Exception(message);
