using System.IO.Compression;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Opens the body of an engine's response. Compression is not asked for, but some proxies compress all the same.</summary>
internal static class EngineContent
{
    /// <summary>The body's bytes, decompressed.</summary>
    /// <exception cref="EngineFailureException">They are compressed in a way that is not known.</exception>
    public static async Task<Stream> OpenAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var stream = await response.Content.ReadAsStreamAsync(cancellation);
        foreach (var encoding in response.Content.Headers.ContentEncoding.Reverse()) // the last one was put on last
        {
            stream = encoding.ToLowerInvariant() switch
            {
                "gzip" or "x-gzip" => new GZipStream(stream, CompressionMode.Decompress),
                "deflate" => new ZLibStream(stream, CompressionMode.Decompress),
                "br" => new BrotliStream(stream, CompressionMode.Decompress),
                "identity" or "none" or "utf-8" or "" => stream, // some servers say so to keep proxies from compressing
                _ => throw new EngineFailureException("engine_malformed", $"The engine's answer is compressed with '{encoding}'."),
            };
        }
        return stream;
    }

    /// <summary>Reads a whole body.</summary>
    /// <param name="stream">The body.</param>
    /// <param name="most">Most bytes.</param>
    /// <param name="cancellation">Cancels the call.</param>
    /// <returns>The body; null when it is longer. Throws what the stream throws.</returns>
    public static async Task<byte[]?> ReadAsync(Stream stream, int most, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            if (body.Length + read > most)
                return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }
}
