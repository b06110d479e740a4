using System.Buffers;

namespace Clawdbot.Gateway.Edge.Apis.Messages;

/// <summary>Writes events of Anthropic's stream: each has its type as its name and in its data.</summary>
internal static class MessageEvents
{
    /// <summary>Begins an event: its other fields follow, each after a comma, then <see cref="End"/>.</summary>
    public static void Begin(IBufferWriter<byte> output, string type) =>
        Utf8Text.Write(output, $"event: {type}\ndata: {{\"type\":\"{type}\"");

    /// <summary>Ends an event.</summary>
    public static void End(IBufferWriter<byte> output) => output.Write("}\n\n"u8);
}
