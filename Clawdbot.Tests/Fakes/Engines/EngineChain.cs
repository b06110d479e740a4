using System.Text;
using System.Text.Json;
using Clawdbot.Testing.Load;
using Clawdbot.Testing.Processes;

namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>A faked engine, its shim, which also answers by itself, and a gateway; answers as they stand on the wire.</summary>
internal sealed class EngineChain : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _parts = [];
    private string _model = "";
    private Uri _gateway = null!;
    private Uri _shim = null!;

    /// <summary>Starts it.</summary>
    /// <param name="kind">Of the engine; <c>embedded</c>: the one that ships.</param>
    /// <param name="form">How its answers look.</param>
    /// <param name="arguments">Of the shim.</param>
    public static async Task<EngineChain> StartAsync(string kind, WireForm form = WireForm.AsItIs, params string[] arguments)
    {
        var chain = new EngineChain();
        var (fake, model) = await FakeAsync(kind);
        string[] engine = ["--Engine:Embedded:TokensPerSecond=0", "--Engine:Embedded:FirstTokenDelayMilliseconds=0"];
        if (fake is not null)
        {
            fake.Form = form;
            engine = [$"--Engine:Kind={kind}", $"--Engine:Address={fake.Address}", "--Liveness:Canary=Off"];
            chain._parts.Add(fake);
        }
        var shim = await HostedShim.StartAsync(["--Api:OpenAi=true", .. engine, .. arguments]);
        var gateway = await HostedGateway.StartAsync($"--Discovery:Replicas:0={shim.Address}");
        chain._parts.InsertRange(0, [gateway, shim]);
        (chain._model, chain._gateway, chain._shim) = (model, gateway.Address, shim.Address);
        await gateway.Fleet.UntilAsync(f => f.Replicas.Count == 1 && f.Replicas.All(r => r.State == "Healthy"));
        return chain;
    }

    /// <summary>Address of the gateway.</summary>
    public Uri Gateway => _gateway;

    /// <summary>The model.</summary>
    public string Model => _model;

    /// <summary>Asks the gateway, or the shim itself.</summary>
    /// <returns>The chunks of a stream, or the one document.</returns>
    public async Task<List<JsonElement>> AskAsync(bool stream, string more = "", bool direct = false, string? key = null)
    {
        using var http = Clients.Create(direct ? _shim : _gateway, direct ? ShimHost.Secret : null);
        return Read(await PostAsync(http, ChatClient.Body("\"hi\"", stream, 3, more, _model), key));
    }

    /// <summary>Sends a chat request and returns the answer's bytes as text.</summary>
    public static async Task<string> PostAsync(HttpClient http, string body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/chat/completions", UriKind.Relative))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode ? text : throw new InvalidOperationException($"{response.StatusCode}: {text}");
    }

    /// <summary>The chunks of a stream, which must have its end, or the one document.</summary>
    public static List<JsonElement> Read(string answer)
    {
        if (!answer.StartsWith("data: ", StringComparison.Ordinal))
            return [JsonDocument.Parse(answer).RootElement];
        var events = answer.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(e => !e.StartsWith(':')).ToList();
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts)
            await part.DisposeAsync();
    }

    private static async Task<(EngineFake? Fake, string Model)> FakeAsync(string kind) => kind switch
    {
        "openai" => (await OpenAiFake.StartAsync(), OpenAiFake.Model),
        "vllm" => (await VllmFake.StartAsync(), VllmFake.Model),
        "sglang" => (await SgLangFake.StartAsync(), SgLangFake.Model),
        "llamacpp" => (await LlamaCppFake.StartAsync(), LlamaCppFake.Model),
        "ollama" => (await OllamaFake.StartAsync(), OllamaFake.Model),
        _ => (null, ChatClient.Model),
    };
}
