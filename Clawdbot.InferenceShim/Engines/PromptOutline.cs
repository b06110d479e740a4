using System.Text.Json;

namespace Clawdbot.InferenceShim.Engines;

/// <summary>
/// The texts and pictures of a chat request's messages, found in one pass over the raw bytes. Whatever is not as expected is skipped: the
/// engine checks the request.
/// </summary>
internal sealed class PromptOutline
{
    private readonly List<ReadOnlyMemory<byte>> _texts = [];
    private readonly List<ReadOnlyMemory<byte>> _pictures = [];

    /// <param name="messages">The value of <c>messages</c>; may be empty.</param>
    public PromptOutline(ReadOnlyMemory<byte> messages)
    {
        var json = new Utf8JsonReader(messages.Span);
        try
        {
            var (part, name) = (Name.Other, Name.Other);
            while (!messages.IsEmpty && json.Read())
            {
                if (json.TokenType == JsonTokenType.PropertyName)
                {
                    name = Of(ref json);
                    part = json.CurrentDepth <= 4 ? name : part;
                }
                else if (json.TokenType == JsonTokenType.String)
                {
                    Add(json.CurrentDepth, part, name, messages.Slice((int)json.TokenStartIndex + 1, json.ValueSpan.Length));
                }
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // What follows the fault is skipped; the engine refuses the request.
        }
    }

    private enum Name
    {
        Other,
        Content,
        Text,
        ImageUrl,
        Url,
    }

    /// <summary>The insides of the JSON strings that are text, in their order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Texts => _texts;

    /// <summary>The insides of the JSON strings that are pictures' URLs, in their order.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Pictures => _pictures;

    private void Add(int depth, Name part, Name name, ReadOnlyMemory<byte> value)
    {
        if ((depth, part, name) is (2, _, Name.Content) or (4, _, Name.Text))
            _texts.Add(value);
        else if ((depth, part, name) is (5, Name.ImageUrl, Name.Url) or (4, _, Name.ImageUrl))
            _pictures.Add(value);
    }

    private static Name Of(ref Utf8JsonReader json) =>
        json.ValueTextEquals("content"u8) ? Name.Content
        : json.ValueTextEquals("text"u8) ? Name.Text
        : json.ValueTextEquals("image_url"u8) ? Name.ImageUrl
        : json.ValueTextEquals("url"u8) ? Name.Url
        : Name.Other;
}
