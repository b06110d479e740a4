using System.ComponentModel;
using System.Diagnostics;

namespace Clawdbot.AppHost;

/// <summary>Whether what is not ours (Nginx, Prometheus, Grafana, Redis) runs in containers here, or as programs of this machine.</summary>
internal static class ContainerUse
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Lazy<bool> EngineAnswers = new(() => Engines().Any(Answers));

    /// <summary>The programs that talk to a container engine: the one that Aspire is told to use, else those that it looks for.</summary>
    public static IReadOnlyList<string> Engines() =>
        (Environment.GetEnvironmentVariable("ASPIRE_CONTAINER_RUNTIME") ?? Environment.GetEnvironmentVariable("DOTNET_ASPIRE_CONTAINER_RUNTIME")) is { Length: > 0 } told
            ? [told]
            : ["docker", "podman"];

    /// <summary>
    /// In containers where a container engine answers, or as <c>--Containers=true|false</c> says. What is published always is.
    /// </summary>
    public static bool RunsContainers(this IDistributedApplicationBuilder builder) =>
        builder.ExecutionContext.IsPublishMode || (bool.TryParse(builder.Configuration["Containers"], out var told) ? told : EngineAnswers.Value);

    /// <summary>Adds what is wrong with <c>Containers</c>, and what wants containers where there can be none.</summary>
    public static void Check(IDistributedApplicationBuilder builder, EngineKind engine, ICollection<string> mistakes)
    {
        if (builder.ExecutionContext.IsPublishMode)
            return;
        if (builder.Configuration["Containers"] is { Length: > 0 } text && !bool.TryParse(text, out _))
            mistakes.Add($"Containers is '{text}'; use true or false, or leave it out: then containers are used where a container engine answers.");
        else if (engine != EngineKind.Embedded && !builder.RunsContainers())
            mistakes.Add($"Replicas:Engine={engine.ToString().ToLowerInvariant()} runs in containers, and {NoEngine()}. Start it, or use Replicas:Engine=embedded.");
        else if (builder.RunsContainers() && !EngineAnswers.Value)
            mistakes.Add($"Containers=true, but {NoEngine()}. Start it, or leave Containers out: then installed programs are used instead.");
    }

    private static string NoEngine() => $"no container engine answers ({string.Join(", ", Engines().Select(e => $"`{e} ps`"))} failed)";

    /// <summary>Not its version: a client without its engine knows that too.</summary>
    private static bool Answers(string engine)
    {
        try
        {
            using var asked = Process.Start(new ProcessStartInfo(engine, ["ps", "--quiet"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            asked.OutputDataReceived += (_, _) => { };
            asked.ErrorDataReceived += (_, _) => { };
            asked.BeginOutputReadLine();
            asked.BeginErrorReadLine();
            if (asked.WaitForExit(Patience))
                return asked.ExitCode == 0;
            asked.Kill();
            return false;
        }
        catch (Win32Exception)
        {
            return false; // there is no such program
        }
    }
}
