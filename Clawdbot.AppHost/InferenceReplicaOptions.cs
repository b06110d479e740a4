using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Clawdbot.AppHost;

/// <summary>What runs behind each shim.</summary>
internal enum EngineKind
{
    /// <summary>The engine in the shim's own process, which needs no GPU, no container and no model file.</summary>
    Embedded,

    /// <summary>vLLM.</summary>
    Vllm,

    /// <summary>SGLang.</summary>
    Sglang,

    /// <summary>The server of llama.cpp.</summary>
    Llamacpp,

    /// <summary>Ollama.</summary>
    Ollama,
}

/// <summary>Which replicas the application has. Section <c>Replicas</c>.</summary>
/// <param name="Engine">Engine behind each shim, the same in all replicas, because an answer never continues on another engine.</param>
/// <param name="Count">Number of replicas that start with the application.</param>
/// <param name="Most">
/// Largest number of replicas that the dashboard's command Scale may run at once, at least <paramref name="Count"/>; when not set, 6, or
/// <paramref name="Count"/> if that is more. It counts only for the embedded engine, run here: whatever else runs replicas has its own way
/// to scale them.
/// </param>
/// <param name="Gpus">GPU of each replica, separated by commas; no two replicas share one. When not set, 0, 1 and so on.</param>
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
        if (section[nameof(Engine)] is { } kind
            && !(Enum.TryParse(kind, ignoreCase: true, out engine) && Enum.IsDefined(engine) && !char.IsAsciiDigit(kind[0])))
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
