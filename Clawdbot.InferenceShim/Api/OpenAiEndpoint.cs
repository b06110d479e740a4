using System.Text.Json;
using Clawdbot.InferenceShim.Engines;
using Clawdbot.InferenceShim.Generation;
using Clawdbot.ServiceDefaults.Wire;
using Microsoft.Extensions.Options;

namespace Clawdbot.InferenceShim.Api;

/// <summary>Serves OpenAI's chat API from this replica alone; such an answer does not survive the death of the replica.</summary>
internal sealed class OpenAiEndpoint(GenerationServices services, IOptions<FleetOptions> fleet)
{
    private const string Bearer = "Bearer ";

    public async Task ModelsAsync(HttpContext http)
    {
        if (await IsLetInAsync(http))
        {
            var models = services.Engine.Description.AlsoModels.Prepend(services.Engine.Description.Model)
                .Select(m => $$"""{"id":"{{JsonEncodedText.Encode(m)}}","object":"model","owned_by":"clawdbot"}""");
            await http.Response.WriteAsync($$"""{"object":"list","data":[{{string.Join(',', models)}}]}""");
        }
    }

    public async Task ChatAsync(HttpContext http)
    {
        if (!await IsLetInAsync(http))
            return;
        if (services.Gate.TryEnter(continuation: false) is not GateRefusal.None)
        {
            http.Response.Headers.RetryAfter = "1";
            await RefuseAsync(http, 503, "replica_full", "This replica takes nothing new for now. Try again shortly.");
            return;
        }
        try
        {
            await AnswerAsync(http);
        }
        catch (JsonException fault)
        {
            await RefuseAsync(http, 400, "invalid_json", $"The body is not JSON: {fault.Message}");
        }
        catch (EngineRefusalException fault)
        {
            await RefuseAsync(http, fault.Status, fault.Code, fault.Message);
        }
        catch (EngineFailureException fault) when (!http.Response.HasStarted)
        {
            await RefuseAsync(http, 502, fault.Code, fault.Message);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left; leaving the loop freed the engine.
        }
        finally
        {
            services.Gate.Leave();
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var cancellation = http.RequestAborted;
        var request = await RequestReader.ReadAsync(http.Request, cancellation);
        using var body = JsonDocument.Parse(request.Body);
        await using var steps = services.Generations.RunAsync(request, cancellation).GetAsyncEnumerator(cancellation);
        do
        {
            if (!await steps.MoveNextAsync())
                throw new InvalidOperationException("An engine's answer must have a start.");
        }
        while (steps.Current is EngineComment);
        var started = (EngineStarted)steps.Current;
        services.Metrics.GenerationStarted(false);
        var includeUsage = body.RootElement.TryGetProperty("stream_options", out var options) && IsTrue(options, "include_usage");
        var chat = new OpenAiAnswer(http.Response, Model(body.RootElement), started,
            IsTrue(body.RootElement, "stream"), includeUsage, services.Time.GetUtcNow());
        while (await steps.MoveNextAsync())
        {
            if (steps.Current is EngineTokens tokens)
                services.Metrics.Generated(tokens.Count);
            await chat.TakeAsync(steps.Current, cancellation);
        }
        await chat.EndAsync(cancellation);
    }

    /// <summary>The name that the client asked for, if it is one of this replica's; else the first of them.</summary>
    private string Model(JsonElement body)
    {
        var description = services.Engine.Description;
        return Text(body, "model") is { } asked && description.AlsoModels.Contains(asked) ? asked : description.Model;
    }

    private static string? Text(JsonElement from, string name)
    {
        try
        {
            return from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // no valid Unicode
        }
    }

    private static bool IsTrue(JsonElement from, string name) =>
        from.ValueKind == JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    private async ValueTask<bool> IsLetInAsync(HttpContext http)
    {
        var key = http.Request.Headers.Authorization.ToString();
        if (key.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && FleetProof.Same(fleet.Value.Secret, key[Bearer.Length..]))
            return true;
        await RefuseAsync(http, 401, "invalid_api_key", "A replica that is asked directly wants the fleet secret as its API key.");
        return false;
    }

    private static Task RefuseAsync(HttpContext http, int status, string code, string message)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        var type = status < 500 ? "invalid_request_error" : "server_error";
        return http.Response.WriteAsync(
            $$$"""{"error":{"message":"{{{JsonEncodedText.Encode(message)}}}","type":"{{{type}}}","param":null,"code":"{{{code}}}"}}""");
    }
}
