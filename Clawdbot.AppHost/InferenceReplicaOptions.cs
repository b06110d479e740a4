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
/// <param name="Count">How many, 1 to 64. Scaled by the dashboard, it is how many start with the application.</param>
/// <param name="Most">
/// How many the dashboard's command Scale may have at once, <paramref name="Count"/> to 64; 6 where <paramref name="Count"/> is not more.
/// Only for the embedded engine, run here: whatever else runs replicas has a way of its own to scale them.
/// </param>
/// <param name="Gpus">GPU of each replica; one per replica, so that no two share one.</param>
/// <param name="Models">Directory with the model files, mounted read-only into engine containers when run here.</param>
internal sealed record InferenceReplicaOptions(EngineKind Engine, int Count, int Most, IReadOnlyList<string> Gpus, string Models)
{
    /// <summary>Section name.</summary>
    public const string Section = "Replicas";

    /// <summary>Reads the section; what is wrong in it is added to <paramref name="mistakes"/>.</summary>
    public static InferenceReplicaOptions Read(IConfiguration configuration, ICollection<string> mistakes)
    {
        var section = configuration.GetSection(Section);
        section.CheckNames(mistakes, nameof(Engine), nameof(Count), nameof(Most), nameof(Gpus), nameof(Models));

        var engine = EngineKind.Embedded;
        if (section[nameof(Engine)] is { } kind && !(Enum.TryParse(kind, ignoreCase: true, out engine) && Enum.IsDefined(engine) && !char.IsAsciiDigit(kind[0])))
            mistakes.Add($"Replicas:Engine is '{kind}'; use one of {string.Join(", ", Enum.GetNames<EngineKind>()).ToLowerInvariant()}.");

        var count = section.ReadNumber(nameof(Count), 2, 1, 64, mistakes);
        var most = section.ReadNumber(nameof(Most), Math.Max(count, 6), count, 64, mistakes);
        string[] gpus = section[nameof(Gpus)] is { } list
            ? list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            : [.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))];
        if (engine != EngineKind.Embedded && gpus.Distinct().Count() < count)
            mistakes.Add($"Replicas:Gpus names {gpus.Distinct().Count()} different GPUs for {count} replicas; each needs one of its own.");

        return new(engine, count, most, gpus, section[nameof(Models)] ?? "/srv/models");
    }
}
