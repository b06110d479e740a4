using System.ComponentModel;
using System.Diagnostics;

namespace Clawdbot.AppHost;

/// <summary>Decides whether Nginx, Prometheus, Grafana and Redis run in containers here, or as programs of this machine.</summary>
internal static class ContainerUse
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int OldestDocker = 25; // Aspire takes an engine behind an older client for unhealthy, and waits for it for ever

    private static readonly Lazy<IReadOnlyList<string?>> Faults = new(() => [.. Engines().Select(Fault)]);

    private static bool EngineAnswers => Faults.Value.Contains(null);

    /// <summary>The programs that talk to a container engine: the one that Aspire is told to use, else those that it looks for.</summary>
    public static IReadOnlyList<string> Engines() =>
        (Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME")
            ?? Environment.GetEnvironmentVariable("DOTNET_ASPIRE_CONTAINER_RUNTIME")) is { Length: > 0 } told
            ? [told]
            : ["docker", "podman"];

    /// <summary>
    /// Whether they run in containers: where a container engine answers, or as <c>--Containers=true|false</c> says; always when published.
    /// </summary>
    public static bool RunsContainers(this IDistributedApplicationBuilder builder) =>
        builder.ExecutionContext.IsPublishMode || (bool.TryParse(builder.Configuration["Containers"], out var told) ? told : EngineAnswers);

    /// <summary>Adds a mistake when <c>Containers</c> is wrong, or when something needs containers and no engine answers.</summary>
    public static void Check(IDistributedApplicationBuilder builder, EngineKind engine, ICollection<string> mistakes)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return;
        if (builder.Configuration["Containers"] is { Length: > 0 } text && !bool.TryParse(text, out _))
        {
            mistakes.Add($"Containers is '{text}'; use true or false, or leave it out: "
                + "then containers are used where a container engine answers.");
        }
        else if (engine != EngineKind.Embedded && !builder.RunsContainers())
        {
            mistakes.Add($"Replicas:Engine={engine.ToString().ToLowerInvariant()} runs in containers, and {NoEngine()}. "
                + "Start it, or use Replicas:Engine=embedded.");
        }
        else if (builder.RunsContainers() && !EngineAnswers)
        {
            mistakes.Add($"Containers=true, but {NoEngine()}. "
                + "Start it, or leave Containers out: then installed programs are used instead.");
        }
    }

    private static string NoEngine() => $"no container engine answers ({string.Join(", ", Faults.Value)})";

    /// <summary>Why an engine is of no use; null when it is.</summary>
    private static string? Fault(string engine)
    {
        if (Ask(engine, "ps", "--quiet") is null)
            return $"`{engine} ps` failed";
        var version = engine == "docker" ? Ask(engine, "version", "--format", "{{.Client.Version}}") : null;
        return int.TryParse(version?.Split('.')[0], out var major) && major < OldestDocker
            ? $"docker {version!.Trim()} is too old for Aspire, which wants {OldestDocker} or newer"
            : null;
    }

    /// <summary>What the engine's program writes; null when it fails, or does not end within <see cref="Patience"/>.</summary>
    private static string? Ask(string engine, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(engine, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            using var asked = Process.Start(start)!;
            var said = asked.StandardOutput.ReadToEndAsync();
            asked.ErrorDataReceived += (_, _) => { };
            asked.BeginErrorReadLine();
            if (asked.WaitForExit(Patience))
                return asked.ExitCode == 0 ? said.GetAwaiter().GetResult() : null;
            asked.Kill();
            return null;
        }
        catch (Win32Exception)
        {
            return null; // there is no such program
        }
    }
}
