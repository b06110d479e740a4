namespace Clawdbot.InferenceShim.Engines.Embedded;

/// <summary>What one answer is about.</summary>
/// <param name="Text">The last user message: all its text parts, joined. May be empty.</param>
/// <param name="Pictures">The facts of the conversation's pictures, in their order.</param>
internal sealed record Question(string Text, IReadOnlyList<PictureFacts> Pictures);
