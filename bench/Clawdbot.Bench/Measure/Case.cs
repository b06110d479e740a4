using System.Globalization;

namespace Clawdbot.Bench.Measure;

/// <summary>One kind of load.</summary>
/// <param name="Name">Name in the table.</param>
/// <param name="Clients">Clients that ask again as soon as they are answered.</param>
/// <param name="Chunks">Pieces of each answer.</param>
/// <param name="PaceMilliseconds">Milliseconds between two pieces; 0: as fast as it goes.</param>
/// <param name="Stream">Whether answers are streamed.</param>
/// <param name="ImageBytes">Size of the picture in the request, as base64.</param>
/// <param name="Rate">Requests per second at even distances, instead of clients that wait for their answers; 0: such clients.</param>
/// <param name="Blocked">Clients beside them that ask for a long answer and read nothing of it.</param>
internal sealed record Case(
    string Name, int Clients, int Chunks, int PaceMilliseconds, bool Stream, int ImageBytes = 0, int Rate = 0, int Blocked = 0)
{
    /// <summary>Whether cost is given per piece, which is so for streams without a rate; else it is given per request.</summary>
    public bool IsPerChunk => Stream && Rate == 0;

    public static IReadOnlyList<Case> All { get; } =
    [
        new("small JSON", 16, 8, 0, false),
        new("paced SSE, 100 streams at 20 ms", 100, 100, 20, true),
        new("paced SSE, 1,000 streams at 20 ms", 1000, 100, 20, true),
        new("burst SSE, 16 streams", 16, 400, 0, true),
        new("image body of 1 MB", 4, 8, 0, false, 1 << 20),
        new("image body of 20 MB", 2, 8, 0, false, 20 << 20),
        new("first token at 1,000 requests/s", 0, 1, 0, true, 0, 1000),
        new("the same beside a client that reads nothing", 0, 1, 0, true, 0, 1000, 1),
    ];

    /// <summary>An answer that is far larger than all buffers between client and upstream.</summary>
    public static Case Unread { get; } = new("unread", 1, 900_000, 0, true);

    /// <summary>Loads that warm up a proxy, whatever is measured then.</summary>
    public static IReadOnlyList<Case> WarmUp { get; } =
    [
        new("warm-up, plain", 16, 8, 0, false),
        new("warm-up, paced", 100, 200, 1, true),
        new("warm-up, burst", 16, 400, 0, true),
        new("warm-up, picture", 2, 8, 0, false, 1 << 20),
    ];

    /// <summary>The request's body.</summary>
    public byte[] Body()
    {
        var content = ImageBytes == 0 ? "\"hello\""
            : $$$"""[{"type":"text","text":"what is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,{{{new string('A', ImageBytes)}}}"}}]""";
        return System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $$$"""{"seed":{{{(PaceMilliseconds * 1_000_000) + Chunks}}},"model":"bench","stream":{{{(Stream ? "true" : "false")}}},"messages":[{"role":"user","content":{{{content}}}}]}"""));
    }
}
