using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.AppHost;

/// <summary>What runs behind each shim.</summary>
internal enum EngineKind
{
    /// <summary>In the shim's own process: no GPU, no container, no model file.</summary>
    Embedded,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,

    /// <summary>llama.cpp's server.</summary>
    Llamacpp,

    /// <summary>Ollama.</summary>
    Ollama,
}

/// <summary>Which replicas the application has. Section <c>Replicas</c>: <c>--Replicas:Engine=vllm --Replicas:Count=2</c>.</summary>
/// <param name="Engine">The engine, the same in all of them: an answer never goes on across engines.</param>
/// <param name="Count">How many, 1 to 64.</param>
/// <param name="Gpus">GPU of each replica; one per replica, so that no two share one.</param>
/// <param name="Models">Directory with the model files, mounted read-only into engine containers when run here.</param>
internal sealed record InferenceReplicaOptions(EngineKind Engine, int Count, IReadOnlyList<string> Gpus, string Models)
{
    /// <summary>Section name.</summary>
    public const string Section = "Replicas";

    /// <exception cref="InvalidOperationException">The section has mistakes; the message names all of them.</exception>
    public static InferenceReplicaOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var problems = new List<string>();

        var engine = EngineKind.Embedded;
        if (section[nameof(Engine)] is { } kind && !(Enum.TryParse(kind, ignoreCase: true, out engine) && Enum.IsDefined(engine) && !char.IsAsciiDigit(kind[0])))
            problems.Add($"Replicas:Engine is '{kind}'; use one of {string.Join(", ", Enum.GetNames<EngineKind>()).ToLowerInvariant()}.");

        var count = 2;
        if (section[nameof(Count)] is { } number && !(int.TryParse(number, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= 64))
            problems.Add($"Replicas:Count is '{number}'; use a number from 1 to 64.");

        string[] gpus = section[nameof(Gpus)] is { } list
            ? list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [.. Enumerable.Range(0, Math.Clamp(count, 1, 64)).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        if (engine != EngineKind.Embedded && gpus.Distinct().Count() < count)
            problems.Add($"Replicas:Gpus names {gpus.Distinct().Count()} different GPUs for {count} replicas; each needs one of its own.");

        return problems.Count == 0
            ? new(engine, count, gpus, section[nameof(Models)] ?? "/srv/models")
            : throw new InvalidOperationException(string.Join(" ", problems));
    }
}
