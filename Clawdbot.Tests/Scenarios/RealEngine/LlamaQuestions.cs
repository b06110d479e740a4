using Clawdbot.Testing.Load;

namespace Clawdbot.Tests.Scenarios.RealEngine;

/// <summary>
/// Questions whose answers are as long as their limit, and always the same: the likeliest token is taken, and the end is none.
/// </summary>
internal static class LlamaQuestions
{
    private const string Fixed = ",\"temperature\":0,\"ignore_eos\":true";

    private const long Seed = 7;

    public static byte[] Red { get; } = Png.Write(96, 64, (210, 30, 30), (20, 90, 200));

    public static byte[] Green { get; } = Png.Write(64, 96, (20, 160, 60), (250, 250, 250));

    public static Question Of(string text, byte[]? picture, bool stream, int tokens) =>
        new($"{text}{(picture is null ? "" : " (picture)")}{(stream ? ", streamed" : ", plain")}", text, picture, stream, Seed, tokens)
        {
            More = Fixed,
        };

    /// <summary>With and without pictures, streamed and plain.</summary>
    public static IReadOnlyList<Question> All(int tokens) =>
    [
        .. from stream in (bool[])[true, false]
           from asked in (IEnumerable<(string Text, byte[]? Picture)>)
               [("What are you? 🦀", null), ("你是谁？", null), ("What do you see?", Red), ("描述这张图片", Green)]
           select Of(asked.Text, asked.Picture, stream, tokens),
    ];
}
