namespace Clawdbot.Gateway.Forwarding;

/// <summary>One place where a replica is sent something else than the client's bytes, which stay as they are: they may be large.</summary>
/// <param name="Start">Offset in the body, in bytes.</param>
/// <param name="Length">Number of bytes that are left out.</param>
/// <param name="Text">The bytes sent in their place.</param>
internal readonly record struct BodyEdit(int Start, int Length, ReadOnlyMemory<byte> Text);
