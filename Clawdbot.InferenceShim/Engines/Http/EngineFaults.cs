using System.Text.Json;
using Clawdbot.ServiceDefaults.Wire;

namespace Clawdbot.InferenceShim.Engines.Http;

/// <summary>Decides what an engine's error means: the request's fault, lack of room, or the engine's failure.</summary>
internal static class EngineFaults
{
    private const int MostBytes = 64 << 10;

    /// <summary>Words of a 403 that is about the key.</summary>
    private static readonly string[] OfKeys =
    [
        "api key", "api-key", "api_key", "apikey", "your key", "this key", "credential", "authenticat", "authoriz", "permission",
        "access denied",
    ];

    /// <summary>Words of a 500 that is about the request, as the server of llama.cpp says them (<c>common/chat.cpp</c>).</summary>
    private static readonly string[] OfForm =
    [
        "json.exception", "failed to parse tools", "failed to parse messages", "json schema conversion failed", "unrecognized schema",
        "unsupported content[].type", "failed to parse grammar", "failed to initialize samplers",
    ];

    /// <summary>The one of <see cref="Capabilities"/> that an engine lacks, by the code of its refusal; null where it lacks none.</summary>
    public static string? LackOf(string code) => code switch
    {
        GenerationError.ImagesNotSupported => Capabilities.Pictures,
        GenerationError.ToolsNotSupported => Capabilities.Tools,
        GenerationError.GrammarNotSupported => Capabilities.Grammar,
        GenerationError.ContinuationMismatch => Capabilities.Continuation,
        _ => null,
    };

    /// <summary>The refusal (409) of an answer that began elsewhere and can't go on here.</summary>
    /// <param name="why">Why.</param>
    /// <param name="isOfEngine">Whether the engine itself refused it, and not the shim for what is in the request.</param>
    public static EngineRefusalException Mismatch(string why, bool isOfEngine = false) =>
        new(StatusCodes.Status409Conflict, GenerationError.ContinuationMismatch, why) { IsOfEngine = isOfEngine };

    /// <summary>Reads the error that came instead of an answer.</summary>
    public static async Task<Exception> OfAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        var (status, retryAfter) = ((int)response.StatusCode, RetryAfter.Of(response));
        try
        {
            await using var stream = await EngineContent.OpenAsync(response, cancellation);
            return Of(status, EngineWords.Of(await EngineContent.ReadAsync(stream, MostBytes, cancellation) ?? []), retryAfter);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or InvalidDataException or EngineFailureException)
        {
            return Of(status, new EngineWords(""), retryAfter);
        }
    }

    /// <summary>The error in an answer that began well; null when <paramref name="chunk"/> holds none.</summary>
    /// <param name="chunk">A part of the answer.</param>
    /// <param name="isBegun">Whether the engine has taken the request: from then on an error is the engine's.</param>
    public static Exception? In(JsonElement chunk, bool isBegun)
    {
        var isError = chunk.ValueKind == JsonValueKind.Object
            && ((chunk.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null)
                || chunk.Text("object") == "error");
        if (!isError)
            return null;
        return In(EngineWords.Of(chunk), isBegun);
    }

    /// <summary>The failure in an event that is named as an error.</summary>
    public static Exception InEvent(ReadOnlySpan<byte> data, bool isBegun) => In(EngineWords.Of(data), isBegun);

    private static Exception In(EngineWords said, bool isBegun) => isBegun ? Other(500, said)
        : said.Status is { } status ? Of(status, said)
        : EngineLimits.Of(400, said) is { } code ? Refusal(400, said with { Code = code }) // where no status is told, words alone count
        : Other(500, said);

    private static Exception Of(int status, EngineWords said, TimeSpan? retryAfter = null) =>
        EngineLimits.Of(status, said) is { } code ? Refusal(EngineLimits.Status(status, code), said with { Code = code })
        : status is 429 or 503 ? Busy(said, retryAfter)
        : Other(status, said);

    private static EngineRefusalException Busy(EngineWords said, TimeSpan? retryAfter) =>
        new(503, "engine_busy", Or(said.Message, "The engine takes nothing more at the moment.")) { RetryAfter = retryAfter };

    private static Exception Other(int status, EngineWords said) => status switch
    {
        401 => Unauthorized(status, said),
        403 when said.Message.Length == 0 || IsOfKeys(said.Message) => Unauthorized(status, said),
        400 or 402 or 403 or 405 or 409 or 413 or 414 or 415 or 422 or 431 or 451 => Refusal(status, said),
        404 when IsOfModel(said) => Refusal(status, said), // else the address is wrong, and that is not the client's
        500 when IsOfForm(said.Message) => Refusal(400, said),
        _ => new EngineFailureException("engine_failed", $"The engine failed with {status}. {said.Message}".TrimEnd()),
    };

    private static EngineRefusalException Refusal(int status, EngineWords said) =>
        new(status, Or(said.Code, "invalid_request"), Or(said.Message, $"The engine refuses the request with {status}."), said.Param);

    /// <summary>The key that the engine was sent is the shim's own, so a client can't mend it.</summary>
    private static EngineFailureException Unauthorized(int status, EngineWords said) => new("engine_failed",
        $"The engine does not accept this shim's key, or its lack of one ({status}): see Engine:ApiKeyFile. {said.Message}".TrimEnd());

    private static bool IsOfKeys(string message) =>
        message.TrimEnd('.').ToUpperInvariant() is "FORBIDDEN" or "403 FORBIDDEN"
        || OfKeys.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Whether a 500 is about the request's form. The server of llama.cpp says so of tools, schemas and parts that it can't read; taken for
    /// its own failure, one client with a wrong schema would have every replica ejected.
    /// </summary>
    private static bool IsOfForm(string message) => OfForm.Any(words => message.Contains(words, StringComparison.OrdinalIgnoreCase));

    private static bool IsOfModel(EngineWords said) =>
        said.Code == "model_not_found" || said.Message.Contains("model", StringComparison.OrdinalIgnoreCase);

    private static string Or(string? message, string otherwise) => message is { Length: > 0 } ? message : otherwise;
}
