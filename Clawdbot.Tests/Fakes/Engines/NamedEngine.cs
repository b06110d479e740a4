namespace Clawdbot.Tests.Fakes.Engines;

/// <summary>Engines that answer to their own name of the model alone.</summary>
internal static class NamedEngine
{
    /// <summary>All kinds of engines at an address, as in <c>Engine:Kind</c>.</summary>
    public static TheoryData<string> Kinds => ["openai", "vllm", "sglang", "llamacpp", "ollama"];

    /// <summary>The name that an engine of this kind has for its model.</summary>
    public static string Model(string kind) => kind switch
    {
        "vllm" => VllmFake.Model,
        "sglang" => SgLangFake.Model,
        "llamacpp" => LlamaCppFake.Model,
        "ollama" => OllamaFake.Model,
        _ => OpenAiFake.Model,
    };

    /// <summary>Starts one.</summary>
    /// <param name="kind">Its kind.</param>
    /// <param name="model">The only name that it answers to; null: the one of its kind.</param>
    public static async Task<EngineFake> StartAsync(string kind, string? model = null)
    {
        EngineFake fake = kind switch
        {
            "vllm" => new VllmFake(new EngineCore()),
            "sglang" => new SgLangFake(new EngineCore()),
            "llamacpp" => new LlamaCppFake(new EngineCore()),
            "ollama" => new OllamaFake(new EngineCore()),
            _ => new OpenAiFake(new EngineCore()),
        };
        fake.OnlyModel = model ?? Model(kind);
        await fake.ListenAsync();
        return fake;
    }
}
