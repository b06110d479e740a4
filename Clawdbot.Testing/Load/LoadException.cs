namespace Clawdbot.Testing.Load;

/// <summary>A server on which no load can be put, and what to do about it.</summary>
internal sealed class LoadException(string message) : Exception(message);
