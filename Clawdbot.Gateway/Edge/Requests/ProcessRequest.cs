using System.Text.Json;
using Clawdbot.Gateway.Edge.Responses;

namespace Clawdbot.Gateway.Edge.Requests;

/// <summary>
/// The plain form of <c>POST /api/process</c>: <c>{"type":"text"|"image","content":...,"image":...?,"model":...?}</c>. It is
/// turned into a chat request and handled like any other.
/// </summary>
/// <remarks>
/// For <c>image</c>, content is the picture itself (data URI or base64), or an instruction about the picture in
/// <c>image</c>, or an instruction without any picture: the engine then says that none came. That last form is
/// accepted because the deployment guide that this product descends from tests itself with it.
/// </remarks>
internal static class ProcessRequest
{
    /// <summary>The chat request for <paramref name="body"/>, in pieces; some of them are the body's own bytes.</summary>
    /// <exception cref="ApiException">The body is not such a form.</exception>
    public static IReadOnlyList<ReadOnlyMemory<byte>> ToChat(ReadOnlyMemory<byte> body, Func<string> anyModel)
    {
        var form = ProcessForm.Read(body);
        var type = form.Type ?? throw ApiException.BadRequest("missing_field", "'type' is missing: text or image.", "type");
        var content = form.Content ?? throw ApiException.BadRequest("missing_field", "'content' is missing.", "content");
        var model = form.Model is { Length: > 0 } named ? named : anyModel();
        return (type, form.Image) switch
        {
            ("text", _) => Chat(model, content, null),
            ("image", { } image) when image.IsPicture(shortest: 1) => Chat(model, content, image),
            ("image", not null) => throw ApiException.BadRequest("invalid_image", "'image' must be a data URI or base64.", "image"),
            ("image", _) => content.IsPicture(ProcessForm.ShortestPicture) ? Chat(model, null, content) : Chat(model, content, null),
            _ => throw ApiException.BadRequest("invalid_value", "'type' must be text or image.", "type"),
        };
    }

    private static List<ReadOnlyMemory<byte>> Chat(string model, ProcessText? instruction, ProcessText? picture)
    {
        List<ReadOnlyMemory<byte>> pieces =
        [
            "{\"model\":\""u8.ToArray(),
            JsonEncodedText.Encode(model).EncodedUtf8Bytes.ToArray(),
            "\",\"messages\":[{\"role\":\"user\",\"content\":["u8.ToArray(),
        ];
        if (instruction is { } text)
            pieces.AddRange(["{\"type\":\"text\",\"text\":\""u8.ToArray(), text.Escaped, "\"}"u8.ToArray()]);
        if (instruction is not null && picture is not null)
            pieces.Add(","u8.ToArray());
        if (picture is { } image)
        {
            var start = image.IsUri
                ? "{\"type\":\"image_url\",\"image_url\":{\"url\":\""u8
                : "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:application/octet-stream;base64,"u8;
            pieces.AddRange([start.ToArray(), image.Escaped, "\"}}"u8.ToArray()]);
        }
        pieces.Add("]}]}"u8.ToArray());
        return pieces;
    }
}
