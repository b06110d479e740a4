using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Clawdbot.Gateway.Discovery;

/// <summary>
/// Replicas that a file lists, such as <c>{"replica-0":"http://10.0.0.7:8000"}</c>. Whoever starts and stops replicas writes it, and
/// the gateway follows. A file that is missing, half written or wrong changes nothing.
/// </summary>
internal sealed partial class FileReplicas(IOptions<DiscoveryOptions> options, TimeProvider time, ILogger<FileReplicas> log)
    : IReplicaSource
{
    private const int MostBytes = 1024 * 1024;
    private const int MostReplicas = 1000;
    private const int MostNameCharacters = 64;
    private const string Example = """{"replica-0":"http://10.0.0.7:8000"}""";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <inheritdoc/>
    public async Task WatchAsync(Action<IReadOnlyList<ReplicaEndpoint>> publish, CancellationToken cancellation)
    {
        if (options.Value.File is not { Length: > 0 } file)
            return;
        // The content is compared, not the time of writing: two writes within one tick of the file system's clock have the same time.
        ReadOnlyMemory<byte>? published = null;
        string? problem = null;
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                var text = await ReadAsync(file, cancellation);
                if (published is not { } last || !text.Span.SequenceEqual(last.Span))
                {
                    publish(Parse(text));
                    published = text;
                }
                problem = null;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException or FormatException)
            {
                var found = Explain(fault);
                if (found != problem)
                    Rejected(log, file, problem = found);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellation));
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(string file, CancellationToken cancellation)
    {
        await using var stream = new FileStream(file, new FileStreamOptions
        {
            Share = FileShare.ReadWrite | FileShare.Delete, // another file may be renamed to this one meanwhile
            Options = FileOptions.Asynchronous,
        });
        if (stream.Length > MostBytes)
            throw new FormatException("It is larger than 1 MiB. List nothing but replicas.");
        var text = new byte[stream.Length];
        return text.AsMemory(0, await stream.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellation));
    }

    private static IReadOnlyList<ReplicaEndpoint> Parse(ReadOnlyMemory<byte> text)
    {
        using var json = JsonDocument.Parse(text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text, Strict);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new FormatException($"It is not an object of name and address; write {Example}.");
        if (json.RootElement.GetPropertyCount() > MostReplicas)
            throw new FormatException($"It lists {json.RootElement.GetPropertyCount()} replicas; at most {MostReplicas} are followed.");
        return [.. json.RootElement.EnumerateObject().Select(Endpoint)];
    }

    private static ReplicaEndpoint Endpoint(JsonProperty replica)
    {
        // The name becomes a part of log lines, metrics and paths.
        if (replica.Name.Length is 0 or > MostNameCharacters || !replica.Name.All(IsOfName))
        {
            throw new FormatException(
                $"A name in it is not 1 to {MostNameCharacters} letters, digits, '-', '_', '.' and ':', as replica-0 is.");
        }
        if (replica.Value.ValueKind != JsonValueKind.String || !Uri.TryCreate(replica.Value.GetString(), UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https"))
        {
            throw new FormatException($"What it has for {replica.Name} is not an address such as http://10.0.0.7:8000.");
        }
        return new ReplicaEndpoint(replica.Name, "file", address);
    }

    private static bool IsOfName(char character) => char.IsAsciiLetterOrDigit(character) || character is '-' or '_' or '.' or ':';

    private static string Explain(Exception fault) => fault switch
    {
        FileNotFoundException or DirectoryNotFoundException => $"There is no such file; write {Example}, or {{}} for no replica.",
        JsonException json =>
            $"It is not JSON, or names a replica twice (line {json.LineNumber + 1}, byte {json.BytePositionInLine + 1}). "
            + "Write another file and rename it to this one, so that nobody reads half of it.",
        FormatException => fault.Message,
        _ => $"It can't be read: {fault.Message}",
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "Replica file {File} is not followed; the last known list stays. {Problem}")]
    private static partial void Rejected(ILogger logger, string file, string problem);
}
